namespace HandsOff.Core.Evaluation.Experiments;

/// <summary>What a system's networks learn from, and how it came about.</summary>
internal sealed record TrainingSource
{
    /// <summary>The training set.</summary>
    public required SetSource Set { get; init; }

    /// <summary>A second set mixed into every batch, or null.</summary>
    public SetSource? Second { get; init; }

    /// <summary>A trained network to go on from; a fresh one when null.</summary>
    public Stage? Start { get; init; }

    /// <summary>Added to the network's seed: two trainings one after the other should not see the same batches.</summary>
    public ulong SeedOffset { get; init; }

    /// <summary>Labelled images it could use.</summary>
    public required int Labelled { get; init; }

    public Dictionary<string, double> Figures { get; } = new(StringComparer.Ordinal);

    /// <summary>Stages it rests on, by name.</summary>
    public Dictionary<string, Stage> Stages { get; } = new(StringComparer.Ordinal);
}
