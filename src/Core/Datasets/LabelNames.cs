using HandsOff.Core.Labeling;

namespace HandsOff.Core.Datasets;

/// <summary>What the label kinds are called in requests and on the command line.</summary>
internal static class LabelNames
{
    private static readonly (LabelKinds Kind, string Name)[] s_all =
        [(LabelKinds.Segmentation, "seg"), (LabelKinds.Keypoints, "keypoints"), (LabelKinds.Depth, "depth")];

    public static LabelKinds Parse(string name)
    {
        foreach (var (kind, known) in s_all)
            if (known == name) return kind;
        throw HandsOffException.Usage($"label '{name}': should be seg, keypoints or depth");
    }

    public static IReadOnlyList<string> Of(LabelKinds kinds) => [.. s_all.Where(l => kinds.HasFlag(l.Kind)).Select(l => l.Name)];
}
