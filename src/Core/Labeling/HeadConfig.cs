namespace HandsOff.Core.Labeling;

/// <summary>
/// One head of a labeler: per member an MLP of its own (Linear, ReLU, BN, Linear, ReLU, BN, Linear) on the hypercolumn.
/// Outputs are class logits (segmentation); K heatmap logits then K visibility logits (keypoints); normalised depth and
/// a validity logit (depth).
/// </summary>
public sealed record HeadConfig
{
    /// <summary>Exactly one kind.</summary>
    public required LabelKinds Kind { get; init; }

    /// <summary>Width of the first hidden layer, a member.</summary>
    public required int Hidden1 { get; init; }

    /// <summary>Width of the second hidden layer, a member.</summary>
    public required int Hidden2 { get; init; }

    /// <summary>Factor of this head's uncertainty in the image score, so that heads of different units weigh alike.</summary>
    public double UncertaintyWeight { get; init; } = 1;

    /// <summary>Keypoints: standard deviation of the Gaussian targets, in label pixels.</summary>
    public double HeatmapSigma { get; init; } = 1.5;

    /// <summary>Keypoints: peak height (0 to 1) a point needs to be present; one a keypoint, or empty for 0.25 each.</summary>
    public IReadOnlyList<double> PresenceThresholds { get; init; } = [];

    /// <summary>The head's name in files: segmentation, keypoints, depth.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public string Name => Kind switch
    {
        LabelKinds.Segmentation => "segmentation",
        LabelKinds.Keypoints => "keypoints",
        LabelKinds.Depth => "depth",
        _ => throw new InvalidOperationException($"a head has one kind, not {Kind}"),
    };

    /// <summary>Outputs a pixel under the schema.</summary>
    public int Outputs(LabelSchema schema) => Kind switch
    {
        LabelKinds.Segmentation => schema.Classes.Count,
        LabelKinds.Keypoints => 2 * schema.Keypoints.Count,
        _ => 2,
    };
}
