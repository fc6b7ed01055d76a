using System.Collections.Concurrent;
using System.Text.Json;
using HandsOff.Core.Imaging;

namespace HandsOff.Core.Labeling;

/// <summary>
/// Writes a folder that <see cref="LabeledFolder"/> reads. <see cref="Add"/> may be called from many threads; the files do
/// not depend on the order. They are written beside the place, and <see cref="Complete"/> moves them there: what was begun
/// and not completed is in nobody's way.
/// </summary>
public sealed class LabeledFolderWriter
{
    private readonly string _path;
    private readonly string _target;
    private readonly LabelSchema _schema;
    private readonly byte[] _palette;
    private readonly ConcurrentDictionary<string, float[]> _keypoints = new(StringComparer.Ordinal);

    /// <summary>Begins a new data set in a folder that does not exist yet or is empty.</summary>
    /// <exception cref="HandsOffException">The folder holds something already.</exception>
    public LabeledFolderWriter(string path, LabelSchema schema)
    {
        if (File.Exists(path)) throw new HandsOffException($"{path}: is a file; a data set is a folder");
        if (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any())
            throw new HandsOffException($"{path}: not empty; give a new folder");
        _target = Path.TrimEndingDirectorySeparator(path);
        _path = _target + ".partial";
        if (Directory.Exists(_path)) Directory.Delete(_path, recursive: true);
        _schema = schema;
        _palette = MaskPalette.Of(schema.Classes);
        Directory.CreateDirectory(Path.Combine(_path, "images"));
        if (schema.Kinds.HasFlag(LabelKinds.Segmentation)) Directory.CreateDirectory(Path.Combine(_path, "masks"));
        if (schema.Kinds.HasFlag(LabelKinds.Depth)) Directory.CreateDirectory(Path.Combine(_path, "depth"));
    }

    /// <summary>Writes one image with every label that the schema declares.</summary>
    public void Add(string id, LabeledImage image)
    {
        int width = image.Width, height = image.Height;
        File.WriteAllBytes(PathOf("images", id), PngWriter.Rgb(image.Rgb, width, height));
        if (_schema.Kinds.HasFlag(LabelKinds.Segmentation))
            File.WriteAllBytes(PathOf("masks", id), PngWriter.Mask(image.Mask ?? throw Lacks(id, "mask"), width, height, _palette));
        if (_schema.Depth is { } depth)
        {
            // Nearest value that is not 0, which means invalid.
            ushort[] stored = Array.ConvertAll(
                image.Depth ?? throw Lacks(id, "depth"), d => d > 0 ? (ushort)Math.Clamp(Math.Round(d * depth.Scale), 1, ushort.MaxValue) : (ushort)0);
            File.WriteAllBytes(PathOf("depth", id), PngWriter.Gray16(stored, width, height));
        }

        if (_schema.Kinds.HasFlag(LabelKinds.Keypoints)) _keypoints[id] = image.Keypoints ?? throw Lacks(id, "keypoints");
    }

    /// <summary>Writes the keypoint table and the schema, and gives the folder its name.</summary>
    public void Complete()
    {
        if (_schema.Kinds.HasFlag(LabelKinds.Keypoints)) File.WriteAllText(Path.Combine(_path, "keypoints.csv"), KeypointTable.Write(_schema.Keypoints, _keypoints));
        File.WriteAllText(Path.Combine(_path, "schema.json"), JsonSerializer.Serialize(_schema, LabelJson.Indented) + "\n");
        if (Directory.Exists(_target)) Directory.Delete(_target); // empty
        Directory.Move(_path, _target);
    }

    private string PathOf(string kind, string id) => Path.Combine(_path, kind, id + ".png");

    private static ArgumentException Lacks(string id, string label) => new($"image {id} comes without its {label}");
}
