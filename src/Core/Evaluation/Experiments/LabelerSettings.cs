using HandsOff.Core.Labeling.Training;

namespace HandsOff.Core.Evaluation.Experiments;

/// <summary>How an experiment trains its labelers.</summary>
public sealed record LabelerSettings
{
    public int Members { get; init; } = 10;

    public int Steps { get; init; } = 1500;

    public int BatchPixels { get; init; } = 4096;

    /// <summary>Smallest tap used, in pixels.</summary>
    public int SmallestTap { get; init; }

    /// <summary>Largest tap used, in pixels.</summary>
    public int LargestTap { get; init; } = 65536;

    internal LabelerTrainingOptions Options(ulong seed) => new LabelerTrainingOptions
    {
        Members = Members,
        Steps = Steps,
        BatchPixels = BatchPixels,
        SmallestTap = SmallestTap,
        LargestTap = LargestTap,
        EvaluateEvery = Math.Clamp(Steps / 10, 1, 100),
        Seed = seed,
    }.Validate();
}
