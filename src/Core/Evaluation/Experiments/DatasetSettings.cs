namespace HandsOff.Core.Evaluation.Experiments;

/// <summary>What an experiment generates.</summary>
public sealed record DatasetSettings
{
    public int Samples { get; init; } = 5000;

    public float Truncation { get; init; } = 0.9f;

    /// <summary>Share of draws kept by the uncertainty cut.</summary>
    public double Keep { get; init; } = 0.9;

    /// <summary>
    /// Whether classes are learned from the samples too where the photographs are there as well
    /// (<see cref="ExperimentSystem.HandsOffAndPhotographs"/>); otherwise from the photographs alone, and the samples teach the rest.
    /// </summary>
    public bool Segmentation { get; init; } = true;

    public int MaxAttempts { get; init; } = 16;

    /// <summary>Samples that the uncertainty quantiles are taken from.</summary>
    public int CalibrationSamples { get; init; } = 1000;
}
