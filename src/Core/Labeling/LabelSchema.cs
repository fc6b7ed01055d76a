namespace HandsOff.Core.Labeling;

/// <summary>What the labels mean: class names and colours, keypoint names and skeleton, depth unit and scale.</summary>
public sealed record LabelSchema
{
    /// <summary>Segmentation classes in id order (0 is the background); empty when there is no segmentation.</summary>
    public IReadOnlyList<ClassInfo> Classes { get; init; } = [];

    /// <summary>Keypoint names in order; empty when there are none.</summary>
    public IReadOnlyList<string> Keypoints { get; init; } = [];

    /// <summary>Pairs of zero-based keypoint indices to draw lines between.</summary>
    public IReadOnlyList<int[]> Skeleton { get; init; } = [];

    /// <summary>Keypoint index that takes this one's place under a horizontal flip; empty when unknown.</summary>
    public IReadOnlyList<int> KeypointFlip { get; init; } = [];

    /// <summary>Depth's unit and integer scale; null when there is no depth.</summary>
    public DepthInfo? Depth { get; init; }

    /// <summary>The label kinds this schema declares.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public LabelKinds Kinds =>
        (Classes.Count > 0 ? LabelKinds.Segmentation : 0) | (Keypoints.Count > 0 ? LabelKinds.Keypoints : 0) | (Depth is null ? 0 : LabelKinds.Depth);
}
