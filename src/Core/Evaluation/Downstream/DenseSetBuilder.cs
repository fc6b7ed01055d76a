using System.Runtime.InteropServices;
using HandsOff.Core.Labeling;
using HandsOff.Core.Labeling.Training;
using HandsOff.Core.Training;
using static TorchSharp.torch;

namespace HandsOff.Core.Evaluation.Downstream;

/// <summary>Collects images and labels into a <see cref="DenseSet"/>.</summary>
public sealed class DenseSetBuilder(LabelSchema schema, int width, int height)
{
    private readonly List<byte[]> _images = [], _masks = [];
    private readonly List<float[]> _depths = [], _keypoints = [];

    /// <summary>Images so far.</summary>
    public int Count => _images.Count;

    /// <summary>Adds an image with every label that the schema declares; brought to the set's size when larger (images by area, labels by the nearest pixel).</summary>
    /// <exception cref="HandsOffException">It is smaller, or of another shape.</exception>
    public void Add(LabeledImage image)
    {
        if (image.Width < width || image.Height < height || (long)image.Width * height != (long)image.Height * width)
            throw new HandsOffException($"a labelled image of {image.Width}x{image.Height}: {width}x{height}, or larger of the same shape, would be right");
        var labels = PhotographLabels.Of(image, width, height);
        _images.Add(AreaResize.ToPlanar(image.Rgb, image.Width, image.Height, width, height));
        if (schema.Kinds.HasFlag(LabelKinds.Segmentation)) _masks.Add(labels.Mask ?? throw Lacks("mask"));
        if (schema.Kinds.HasFlag(LabelKinds.Depth)) _depths.Add(labels.Depth ?? throw Lacks("depth"));
        if (schema.Kinds.HasFlag(LabelKinds.Keypoints)) _keypoints.Add(labels.Keypoints ?? throw Lacks("keypoints"));
    }

    /// <summary>The set. The caller disposes it.</summary>
    /// <exception cref="HandsOffException">No image was added.</exception>
    public DenseSet Build()
    {
        if (Count == 0) throw new HandsOffException("no labelled images to train or measure on");
        return new DenseSet(
            schema,
            Join(_images, ScalarType.Byte, [Count, 3, height, width])!,
            Join(_masks, ScalarType.Byte, [Count, height, width]),
            Join(_depths, ScalarType.Float32, [Count, height, width]),
            Join(_keypoints, ScalarType.Float32, [Count, schema.Keypoints.Count, 3]));
    }

    private static Tensor? Join<T>(List<T[]> rows, ScalarType type, long[] shape)
        where T : unmanaged
    {
        if (rows.Count == 0) return null;
        var all = empty(shape, type).DetachFromDisposeScope();
        var bytes = all.bytes;
        int at = 0;
        foreach (var row in rows)
        {
            var source = MemoryMarshal.AsBytes(row.AsSpan());
            source.CopyTo(bytes[at..]);
            at += source.Length;
        }

        return all;
    }

    private static ArgumentException Lacks(string label) => new($"an image comes without its {label}");
}
