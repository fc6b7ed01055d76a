using System.Globalization;
using HandsOff.Core.Labeling;
using HandsOff.Core.StyleGan2;

namespace HandsOff.Core.Datasets;

/// <summary>What a user sets of a request; the pair gives the rest (see <see cref="DatasetRequest.Create"/>).</summary>
public sealed record DatasetOptions
{
    public ulong Seed { get; init; }

    /// <summary>Samples a shard; null picks <see cref="DatasetRequest.DefaultShardSize"/>, or an existing dataset's.</summary>
    public int? ShardSize { get; init; }

    public ImageFormat ImageFormat { get; init; } = ImageFormat.Png;

    /// <summary>Truncation psi, 0 to 1 (1: none); null: the one that the pair was calibrated with.</summary>
    public float? Truncation { get; init; }

    /// <summary>Styles that truncation applies to, from the coarsest; null: all.</summary>
    public int? TruncationCutoff { get; init; }

    /// <summary>Share of draws kept by the uncertainty cut, over 0 and at most 1 (1: no cut).</summary>
    public double Keep { get; init; } = 1;

    /// <summary>Labels to store; null: all that the pair gives.</summary>
    public LabelKinds? Labels { get; init; }

    public NoiseMode Noise { get; init; } = NoiseMode.Const;

    /// <summary>Draws a sample gets at most before it is kept and flagged.</summary>
    public int MaxAttempts { get; init; } = 16;

    /// <summary>Reads a seed: 0 to 2^64-1.</summary>
    public static ulong ParseSeed(string text) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed)
            ? seed
            : throw HandsOffException.Usage($"seed '{text}': should be a whole number from 0 to {ulong.MaxValue}");

    /// <summary>Reads a count of samples: 1 or more.</summary>
    public static long ParseSamples(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long samples) && samples >= 1
            ? samples
            : throw HandsOffException.Usage($"samples '{text}': should be a whole number of 1 or more");

    /// <summary>Reads <c>seg,keypoints,depth</c> in any order.</summary>
    public static LabelKinds ParseLabels(string text)
    {
        var kinds = LabelKinds.None;
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)) kinds |= LabelNames.Parse(part);
        return kinds != LabelKinds.None ? kinds : throw HandsOffException.Usage($"labels '{text}': should name some of seg, keypoints, depth");
    }

    /// <summary>Reads png, jpg or webp.</summary>
    public static ImageFormat ParseImageFormat(string text) => text switch
    {
        "png" => ImageFormat.Png,
        "jpg" or "jpeg" => ImageFormat.Jpg,
        "webp" => ImageFormat.Webp,
        _ => throw HandsOffException.Usage($"image format '{text}': should be png, jpg or webp"),
    };

    /// <summary>Reads const, seeded or none.</summary>
    public static NoiseMode ParseNoise(string text) =>
        Enum.GetValues<NoiseMode>().Where(m => string.Equals(m.ToString(), text, StringComparison.OrdinalIgnoreCase)).Select(m => (NoiseMode?)m).FirstOrDefault()
            ?? throw HandsOffException.Usage($"noise '{text}': should be one of {string.Join(", ", Enum.GetNames<NoiseMode>()).ToLowerInvariant()}");
}
