using HandsOff.Core.Imaging;

namespace HandsOff.Core.Labeling;

/// <summary>One photograph of a <see cref="LabeledFolder"/>: where it lies, and how to load it with its labels.</summary>
public sealed class LabeledItem
{
    private readonly LabelSchema _schema;
    private readonly string? _maskPath;
    private readonly string? _depthPath;
    private readonly float[]? _keypoints;

    internal LabeledItem(LabelSchema schema, string id, string imagePath, string? maskPath, string? depthPath, float[]? keypoints)
    {
        _schema = schema;
        Id = id;
        ImagePath = imagePath;
        _maskPath = maskPath;
        _depthPath = depthPath;
        _keypoints = keypoints;
    }

    /// <summary>The file's name without folder and extension.</summary>
    public string Id { get; }

    public string ImagePath { get; }

    /// <summary>Reads the photograph and all its labels.</summary>
    /// <exception cref="HandsOffException">A file that cannot be read, labels of another size than the image, a class id that the schema lacks, a keypoint outside the image.</exception>
    public LabeledImage Load()
    {
        var (rgb, width, height) = ImageFile.ReadRgb(ImagePath);
        byte[]? mask = null;
        if (_maskPath is not null)
        {
            (mask, int w, int h) = ImageFile.ReadMask(_maskPath);
            SameSize(_maskPath, w, h, width, height);
            KnownClasses(_maskPath, mask, width);
        }

        float[]? depth = null;
        if (_depthPath is not null)
        {
            var (values, w, h) = ImageFile.ReadGray16(_depthPath);
            SameSize(_depthPath, w, h, width, height);
            double scale = _schema.Depth!.Scale;
            depth = Array.ConvertAll(values, v => (float)(v / scale));
        }

        for (int k = 0; _keypoints is not null && k < _keypoints.Length; k += 3)
        {
            float x = _keypoints[k], y = _keypoints[k + 1];
            if (_keypoints[k + 2] > 0 && !(x >= -0.5f && y >= -0.5f && x <= width - 0.5f && y <= height - 0.5f))
                throw new HandsOffException($"keypoints.csv: {Id}: {_schema.Keypoints[k / 3]} at ({x}, {y}) lies outside the {width}x{height} image; give it visibility 0");
        }

        return new LabeledImage { Width = width, Height = height, Rgb = rgb, Mask = mask, Depth = depth, Keypoints = _keypoints };
    }

    private void SameSize(string path, int w, int h, int width, int height)
    {
        if ((w, h) != (width, height)) throw new HandsOffException($"{path}: {w}x{h}, but its image {Path.GetFileName(ImagePath)} is {width}x{height}; they should be equal");
    }

    private void KnownClasses(string path, byte[] mask, int width)
    {
        for (int i = 0; i < mask.Length; i++)
        {
            if (mask[i] < _schema.Classes.Count || mask[i] == MaskPalette.Ignore) continue;
            throw new HandsOffException(
                $"{path}: class id {mask[i]} at ({i % width}, {i / width}); schema.json has classes 0 to {_schema.Classes.Count - 1} (255 = ignore)");
        }
    }
}
