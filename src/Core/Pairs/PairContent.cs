namespace HandsOff.Core.Pairs;

/// <summary>What goes into a pair when it is packed.</summary>
public sealed record PairContent
{
    /// <summary>Samples of a calibration run where nothing else is said.</summary>
    public const int UsualCalibrationSamples = 2000;

    /// <summary>
    /// Truncation of a calibration run where nothing else is said. Less costs rare classes their place in the datasets (docs/results/evaluation.md, ablations).
    /// </summary>
    public const float UsualCalibrationTruncation = 0.9f;

    public required string Name { get; init; }

    /// <summary>Path of the generator's safetensors.</summary>
    public required string GeneratorPath { get; init; }

    /// <summary>Path of the labeler's safetensors.</summary>
    public required string LabelerPath { get; init; }

    public required string License { get; init; }

    public string? Terms { get; init; }

    public required string Provenance { get; init; }

    public InversionSummary? Inversion { get; init; }

    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>();

    /// <summary>Further files by their name in the pair (encoder.safetensors, sheet.png, README.md) and where they lie.</summary>
    public IReadOnlyDictionary<string, string> Extras { get; init; } = new Dictionary<string, string>();

    /// <summary>Samples of the calibration run.</summary>
    public int CalibrationSamples { get; init; } = UsualCalibrationSamples;

    public ulong CalibrationSeed { get; init; }

    /// <summary>Truncation of the calibration run: the one that generation uses where none is given.</summary>
    public float CalibrationTruncation { get; init; } = UsualCalibrationTruncation;

    /// <summary>Largest size of all files together, in bytes; null for no limit.</summary>
    public long? LargestTotal { get; init; }
}
