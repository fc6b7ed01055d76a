namespace HandsOff.Core.Evaluation.Experiments;

/// <summary>One trained network of an experiment and its scores.</summary>
public sealed record ExperimentCell
{
    /// <summary>Row of the ablation; empty without one.</summary>
    public required string Variant { get; init; }

    public required ExperimentSystem System { get; init; }

    /// <summary>Labelled images it could use.</summary>
    public required int Labelled { get; init; }

    public required ulong Seed { get; init; }

    public required string Network { get; init; }

    /// <summary>Chosen on the validation split.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Step of the network that was kept.</summary>
    public required int BestStep { get; init; }

    public required EvaluationReport Validation { get; init; }

    /// <summary>Null where the protocol leaves the test split alone.</summary>
    public EvaluationReport? Test { get; init; }

    /// <summary>What else was measured on the way: inversion, draw, agreement with the annotator.</summary>
    public required IReadOnlyDictionary<string, double> Figures { get; init; }

    /// <summary>Digests of the stages it rests on.</summary>
    public required IReadOnlyDictionary<string, string> Stages { get; init; }

    /// <summary>Seconds of each stage when it was made.</summary>
    public required IReadOnlyDictionary<string, double> Seconds { get; init; }
}
