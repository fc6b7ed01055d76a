using HandsOff.Core.Evaluation.Experiments;

namespace HandsOff.Core.Evaluation.Reports;

/// <summary>Whether a pair's dataset is worth training on, measured on a user's own labelled photographs: report.json.</summary>
public sealed record DatasetReport
{
    public string Format { get; init; } = "handsoff-report/1";

    public required string Pair { get; init; }

    public required string PairDigest { get; init; }

    /// <summary>Labelled photographs that the networks learn from, that states are chosen by, and that everything is measured on.</summary>
    public required int Learned { get; init; }

    public required int Validated { get; init; }

    public required int Measured { get; init; }

    /// <summary>Samples drawn.</summary>
    public required int Samples { get; init; }

    /// <summary>Draws it took.</summary>
    public required int Draws { get; init; }

    /// <summary>The downstream network's name and how both were trained.</summary>
    public required string Network { get; init; }

    public required int Steps { get; init; }

    public required int Batch { get; init; }

    public required double LearningRate { get; init; }

    /// <summary>The downstream network on the photographs alone.</summary>
    public required EvaluationReport Without { get; init; }

    /// <summary>The same network on the dataset, with the photographs in every batch.</summary>
    public required EvaluationReport With { get; init; }

    /// <summary>Gain of the figure that networks are chosen by (<see cref="Downstream.DenseEvaluation.Choice"/>), on the measured photographs.</summary>
    public required double Gain { get; init; }

    /// <summary>How far the gain depends on which photographs were measured.</summary>
    public required GainInterval Interval { get; init; }

    /// <summary>Perceptual distance and squared error of the inverted photographs.</summary>
    public required double InversionDistance { get; init; }

    public required double InversionError { get; init; }

    /// <summary>Share of photographs that the gate let through.</summary>
    public required double InversionAccepted { get; init; }

    /// <summary>The perceptual distance.</summary>
    public required string Measure { get; init; }

    /// <summary>The labeler's labels of the inverted photographs against their own.</summary>
    public required EvaluationReport Labels { get; init; }

    public UncertaintyCurve? Uncertainty { get; init; }

    /// <summary>Null without the SqueezeNet weights.</summary>
    public DiversityFigures? Diversity { get; init; }

    /// <summary>Share of pixels by class, photographs and dataset.</summary>
    public required IReadOnlyDictionary<string, double> RealShares { get; init; }

    public required IReadOnlyDictionary<string, double> GeneratedShares { get; init; }

    public required MachineInfo Machine { get; init; }

    public required double Seconds { get; init; }

    /// <summary>One sentence: worth it, not, or not to be told from so few photographs.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public string Verdict => Interval.Sign switch
    {
        > 0 => "Worth training on: the network is better with the dataset than without it.",
        < 0 => "Not worth training on as it is: the network is worse with the dataset than without it.",
        _ => $"Cannot tell from {Interval.Photographs} photographs whether the network is better with the dataset: {(Interval.Photographs < GainInterval.Fewest ? $"{GainInterval.Fewest} or more must be measured" : "the difference could be chance")}.",
    };
}
