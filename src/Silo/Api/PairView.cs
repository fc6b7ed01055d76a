using HandsOff.Core.Labeling;
using HandsOff.Core.Pairs;

namespace HandsOff.Silo.Api;

/// <summary>A pair that datasets can be made with.</summary>
public sealed record PairView(
    string Name, string Digest, int Width, int Height, IReadOnlyList<string> Labels, LabelSchema Schema, string License, string? Terms, string Provenance, IReadOnlyDictionary<string, double> Metrics)
{
    internal static PairView Of(PairManifest pair) => new(
        pair.Name, pair.Digest, pair.Generator.Width, pair.Generator.Height, LabelWords(pair.Schema.Kinds), pair.Schema, pair.License, pair.Terms, pair.Provenance, pair.Metrics);

    internal static IReadOnlyList<string> LabelWords(LabelKinds kinds) =>
        [.. new[] { (LabelKinds.Segmentation, "seg"), (LabelKinds.Keypoints, "keypoints"), (LabelKinds.Depth, "depth") }.Where(k => kinds.HasFlag(k.Item1)).Select(k => k.Item2)];
}
