namespace HandsOff.Core.Pairs;

/// <summary>What goes into a pair when it is packed.</summary>
public sealed record PairContent
{
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
    public int CalibrationSamples { get; init; } = 2000;

    public ulong CalibrationSeed { get; init; }

    /// <summary>
    /// Truncation of the calibration run: the one that generation uses where none is given. Less costs rare classes their place in the datasets
    /// (docs/results/evaluation.md, ablations).
    /// </summary>
    public float CalibrationTruncation { get; init; } = 0.9f;

    /// <summary>Largest size of all files together, in bytes; null for no limit.</summary>
    public long? LargestTotal { get; init; }
}
