namespace HandsOff.Core.Datasets;

/// <summary>
/// One generated sample before encoding, as plain arrays (no tensors). Rgb is Height*Width*3 bytes, row-major; Mask
/// Height*Width class ids; Depth Height*Width integers in the schema's scale (0 invalid); Keypoints x, y, v triples in
/// pixels (pixel centres at integer coordinates) with COCO visibility.
/// </summary>
public sealed class RawSample
{
    public required SampleKey Key { get; init; }

    public required byte[] Rgb { get; init; }

    public byte[]? Mask { get; init; }

    public ushort[]? Depth { get; init; }

    public float[]? Keypoints { get; init; }

    /// <summary>The labeler's image score (mean of the most uncertain tenth of the pixels), 0 or more.</summary>
    public required float Uncertainty { get; init; }
}
