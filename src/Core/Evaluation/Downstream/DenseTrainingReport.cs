namespace HandsOff.Core.Evaluation.Downstream;

/// <summary>How a downstream training went.</summary>
public sealed record DenseTrainingReport
{
    /// <summary>Step of the network that was kept.</summary>
    public required int BestStep { get; init; }

    /// <summary>Its scores on the validation set.</summary>
    public required EvaluationReport Validation { get; init; }

    /// <summary>The figure it was chosen by.</summary>
    public required double Choice { get; init; }

    public required IReadOnlyList<DenseProgress> History { get; init; }

    /// <summary>Seconds of training in the process that finished it.</summary>
    public required double Seconds { get; init; }
}
