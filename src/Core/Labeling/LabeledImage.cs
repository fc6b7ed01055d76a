namespace HandsOff.Core.Labeling;

/// <summary>
/// A photograph with the labels it has, row by row from the top. Labels that its data set lacks are null.
/// </summary>
public sealed record LabeledImage
{
    public required int Width { get; init; }

    public required int Height { get; init; }

    /// <summary>Height*Width*3 bytes.</summary>
    public required byte[] Rgb { get; init; }

    /// <summary>Height*Width class ids, 255 = ignore.</summary>
    public byte[]? Mask { get; init; }

    /// <summary>Height*Width values in the schema's unit, 0 = invalid.</summary>
    public float[]? Depth { get; init; }

    /// <summary>x, y, v a keypoint in the schema's order: pixels with centres at integers; v 0 absent, 1 hidden, 2 seen (COCO).</summary>
    public float[]? Keypoints { get; init; }
}
