using HandsOff.Core;
using HandsOff.Core.Datasets;

namespace HandsOff.Silo.Api;

/// <summary>What samples to make: the part of a submission that fixes their content.</summary>
public record SampleRequest
{
    /// <summary>Name or digest of a pair that the cluster has.</summary>
    public required string Pair { get; init; }

    /// <summary>0 to 2^64-1; as text beyond 2^53 (JSON numbers lose digits there).</summary>
    public ulong Seed { get; init; }

    /// <summary>png, jpg or webp.</summary>
    public string ImageFormat { get; init; } = "png";

    /// <summary>Truncation psi, 0 to 1 (1: none).</summary>
    public float Truncation { get; init; } = 1;

    /// <summary>Styles that truncation applies to, from the coarsest; null: all.</summary>
    public int? TruncationCutoff { get; init; }

    /// <summary>Share of draws kept by the uncertainty cut, over 0 and at most 1.</summary>
    public double Keep { get; init; } = 1;

    /// <summary>Some of seg, keypoints, depth; null: all that the pair gives.</summary>
    public IReadOnlyList<string>? Labels { get; init; }

    /// <summary>const or seeded.</summary>
    public string Noise { get; init; } = "const";

    /// <summary>Draws a sample gets at most before it is kept and flagged.</summary>
    public int MaxAttempts { get; init; } = 16;

    /// <summary>The options behind the words.</summary>
    /// <exception cref="HandsOffException">A word that is none of those above.</exception>
    internal virtual DatasetOptions ToOptions() => new()
    {
        Seed = Seed,
        ImageFormat = DatasetOptions.ParseImageFormat(ImageFormat),
        Truncation = Truncation,
        TruncationCutoff = TruncationCutoff,
        Keep = Keep,
        Labels = Labels is { Count: > 0 } labels ? DatasetOptions.ParseLabels(string.Join(',', labels)) : null,
        Noise = DatasetOptions.ParseNoise(Noise),
        MaxAttempts = MaxAttempts,
    };
}
