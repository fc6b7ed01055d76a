using HandsOff.Core.Evaluation.Downstream;

namespace HandsOff.Core.Evaluation.Experiments;

/// <summary>Sizes and figures of every stage, the same for all systems.</summary>
public sealed record ExperimentSettings
{
    public EncoderSettings Encoder { get; init; } = new();

    public InversionSettings Inversion { get; init; } = new();

    public LabelerSettings Labeler { get; init; } = new();

    public DatasetSettings Dataset { get; init; } = new();

    /// <summary>Of <see cref="ExperimentSystem.Refined"/>: pixels of the samples whose likeliest class is less likely than this are ignored; 0 takes all.</summary>
    public double Confidence { get; init; }

    /// <summary>Training of every downstream network; its rate and seed are set by the search and the protocol.</summary>
    public DenseTrainingOptions Training { get; init; } = new();

    /// <summary>Channels of the downstream networks.</summary>
    public int Channels { get; init; } = 16;

    /// <summary>Learning rates that each system's networks are tried with; the one that is best on validation is used. The same budget for every system.</summary>
    public IReadOnlyList<double> LearningRates { get; init; } = [0.01];

    /// <summary>Steps of the annotator's network, which learns from all labelled training images.</summary>
    public int AnnotatorSteps { get; init; } = 4000;

    /// <summary>Its learning rate; that of <see cref="LearningRates"/> when null, where there is one only.</summary>
    public double? AnnotatorRate { get; init; }

    /// <summary>Checks the figures.</summary>
    /// <exception cref="HandsOffException">Naming the one that is wrong.</exception>
    internal ExperimentSettings Validate(string where)
    {
        Training.Validate();
        Labeler.Options(0);
        if (LearningRates.Count == 0 || LearningRates.Any(r => r is not (> 0 and < 1))) throw HandsOffException.Usage($"{where}: learningRates: one or more, each above 0 and below 1");
        if (Dataset.Samples < 1 || Dataset.CalibrationSamples < 1 || Dataset.MaxAttempts < 1) throw HandsOffException.Usage($"{where}: dataset: samples, calibrationSamples and maxAttempts should be 1 or more");
        if (Dataset.Keep is not (> 0 and <= 1) || Dataset.Truncation is not (>= 0 and <= 1)) throw HandsOffException.Usage($"{where}: dataset: keep {Dataset.Keep} (above 0, at most 1), truncation {Dataset.Truncation} (0 to 1)");
        if (AnnotatorRate is { } rate && rate is not (> 0 and < 1)) throw HandsOffException.Usage($"{where}: annotatorRate {rate}: above 0 and below 1");
        if (Confidence is not (>= 0 and < 1)) throw HandsOffException.Usage($"{where}: confidence {Confidence}: 0 (all pixels) or more, below 1");
        if (AnnotatorSteps < 1) throw HandsOffException.Usage($"{where}: annotatorSteps {AnnotatorSteps}: 1 or more");
        if (!PerceptualChoice.Names.Contains(Inversion.Perceptual)) throw HandsOffException.Usage($"{where}: inversion: perceptual '{Inversion.Perceptual}': one of {string.Join(", ", PerceptualChoice.Names)}");
        return this;
    }
}
