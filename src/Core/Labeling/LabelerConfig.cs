using HandsOff.Core.StyleGan2;

namespace HandsOff.Core.Labeling;

/// <summary>Shape of a labeler: the taps it reads, the size it labels at, its members, heads and what the labels mean.</summary>
public sealed record LabelerConfig
{
    /// <summary>The hypercolumn's taps in the order of the first layer's inputs.</summary>
    public required IReadOnlyList<TapShape> Taps { get; init; }

    /// <summary>Label width in pixels.</summary>
    public required int Width { get; init; }

    /// <summary>Label height in pixels.</summary>
    public required int Height { get; init; }

    /// <summary>Ensemble members (the paper has 10).</summary>
    public required int Members { get; init; }

    public required IReadOnlyList<HeadConfig> Heads { get; init; }

    public required LabelSchema Schema { get; init; }

    /// <summary>Inputs of the first layer: the channels of all taps.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public int Features => Taps.Sum(t => t.Channels);

    /// <summary>The kinds of label the heads give.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public LabelKinds Kinds => Heads.Aggregate(LabelKinds.None, (kinds, head) => kinds | head.Kind);

    /// <summary>The head of a kind, or null.</summary>
    public HeadConfig? Head(LabelKinds kind) => Heads.FirstOrDefault(h => h.Kind == kind);

    /// <summary>Checks the figures; <paramref name="where"/> names the file in errors.</summary>
    /// <exception cref="HandsOffException">Naming the figure that is wrong.</exception>
    public LabelerConfig Validate(string where = "labeler")
    {
        if (Taps.Count == 0 || Taps.Any(t => t.Channels < 1 || t.Height < 1 || t.Width < 1)) throw new HandsOffException($"{where}: taps must be named maps with at least one channel and pixel");
        if (Width < 4 || Height < 4 || Width > 4096 || Height > 4096) throw new HandsOffException($"{where}: label size {Width}x{Height} must lie between 4x4 and 4096x4096");
        if (Members is < 1 or > 100) throw new HandsOffException($"{where}: {Members} members; 1 to 100 are possible");
        if (Heads.Count == 0) throw new HandsOffException($"{where}: no head; at least one of segmentation, keypoints, depth is needed");
        foreach (var head in Heads)
        {
            if (head.Kind is not (LabelKinds.Segmentation or LabelKinds.Keypoints or LabelKinds.Depth)) throw new HandsOffException($"{where}: head kind {head.Kind} is not one of segmentation, keypoints, depth");
            if (!Schema.Kinds.HasFlag(head.Kind)) throw new HandsOffException($"{where}: it has a {head.Name} head but its schema declares no {head.Name}");
            if (head.Hidden1 is < 1 or > 8192 || head.Hidden2 is < 1 or > 8192) throw new HandsOffException($"{where}: hidden sizes {head.Hidden1}, {head.Hidden2} of the {head.Name} head must lie between 1 and 8192");
            if (head.Kind == LabelKinds.Keypoints && head.PresenceThresholds.Count is not 0 && head.PresenceThresholds.Count != Schema.Keypoints.Count)
                throw new HandsOffException($"{where}: {head.PresenceThresholds.Count} presence thresholds for {Schema.Keypoints.Count} keypoints");
        }

        if (Heads.Select(h => h.Kind).Distinct().Count() != Heads.Count) throw new HandsOffException($"{where}: a kind of head appears twice");
        if (Schema.Classes.Count > 255) throw new HandsOffException($"{where}: {Schema.Classes.Count} classes; a mask holds 255 at most");
        return this;
    }
}
