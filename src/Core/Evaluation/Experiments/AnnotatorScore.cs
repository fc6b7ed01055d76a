namespace HandsOff.Core.Evaluation.Experiments;

/// <summary>How good an experiment's annotator is: the ceiling of every label it gave.</summary>
public sealed record AnnotatorScore
{
    /// <summary>Row of the ablation; empty without one.</summary>
    public required string Variant { get; init; }

    /// <summary>Labelled images that it learned from.</summary>
    public required int Labelled { get; init; }

    public required string Network { get; init; }

    /// <summary>Step of the network that was kept.</summary>
    public required int BestStep { get; init; }

    /// <summary>It is no system that is compared, and never sees the test split.</summary>
    public required EvaluationReport Validation { get; init; }

    /// <summary>Digest of its stage.</summary>
    public required string Stage { get; init; }
}
