using HandsOff.Core.Evaluation.Downstream;

namespace HandsOff.Core.Evaluation.Experiments;

/// <summary>What a system's networks learn from, and how it came about.</summary>
internal sealed record TrainingSource
{
    /// <summary>Digest and loader of the training set; the loaded set is the caller's.</summary>
    public required (string Digest, Func<DenseSet> Load) Set { get; init; }

    /// <summary>A second set mixed into every batch, or null.</summary>
    public (string Digest, Func<DenseSet> Load)? Second { get; init; }

    /// <summary>Labelled images it could use.</summary>
    public required int Labelled { get; init; }

    public Dictionary<string, double> Figures { get; } = new(StringComparer.Ordinal);

    /// <summary>Stages it rests on, by name.</summary>
    public Dictionary<string, Stage> Stages { get; } = new(StringComparer.Ordinal);
}
