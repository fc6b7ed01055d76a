using HandsOff.Core.Labeling;

namespace HandsOff.Core.Pairs;

/// <summary>The labeler in pair.json: members, features a pixel, and its heads (what the safetensors metadata says, for readers of JSON).</summary>
public sealed record LabelerSummary(int Members, int Features, IReadOnlyList<HeadConfig> Heads)
{
    public static LabelerSummary Of(LabelerConfig config) => new(config.Members, config.Features, config.Heads);
}
