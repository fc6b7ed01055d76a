using System.Globalization;

namespace HandsOff.Core.Datasets.Export;

/// <summary>What to export, and how.</summary>
public sealed record ExportOptions
{
    /// <summary>Samples that are exported without a count given: formats of one JSON or a file a label do not serve more.</summary>
    public const long DefaultMost = 50_000;

    public required ExportFormat Format { get; init; }

    /// <summary>The first sample's index.</summary>
    public long First { get; init; }

    /// <summary>How many samples; null: all from <see cref="First"/> on, if they are at most <see cref="DefaultMost"/>.</summary>
    public long? Count { get; init; }

    /// <summary>Share of the samples, the last ones, that become the split <c>val</c>; 0: there is only <c>train</c>.</summary>
    public double Val { get; init; }

    public InstanceRule Instances { get; init; } = InstanceRule.Components;

    /// <summary>Smaller instances (pixels) are left out; 1 leaves nothing out.</summary>
    public int MinArea { get; init; } = 1;

    public MetadataFormat Metadata { get; init; } = MetadataFormat.Jsonl;

    /// <summary>Reads coco, cityscapes or folder.</summary>
    public static ExportFormat ParseFormat(string text) => Parse<ExportFormat>("--format", text);

    /// <summary>Reads components or classes.</summary>
    public static InstanceRule ParseInstances(string text) => Parse<InstanceRule>("--instances", text);

    /// <summary>Reads jsonl or csv.</summary>
    public static MetadataFormat ParseMetadata(string text) => Parse<MetadataFormat>("--metadata", text);

    /// <summary>The splits of this export of a dataset with so many samples, in index order.</summary>
    /// <exception cref="HandsOffException">A range that the dataset does not have, or a setting out of its range.</exception>
    internal IReadOnlyList<ExportSplit> Splits(long samples)
    {
        if (First < 0 || First >= samples) throw HandsOffException.Usage($"--first {First}: should be 0 to {samples - 1}");
        if (Count is { } asked && (asked < 1 || asked > samples - First)) throw HandsOffException.Usage($"--count {asked}: should be 1 to {samples - First} (the dataset has {samples} samples)");
        if (Count is null && samples - First > DefaultMost)
            throw HandsOffException.Usage($"export: {samples - First} samples are more than these formats serve; choose some with --first and --count ({DefaultMost} or fewer is sensible)");
        if (Val is not (>= 0 and < 1)) throw HandsOffException.Usage($"--val {Val.ToString(CultureInfo.InvariantCulture)}: should be 0 or more and below 1");
        if (MinArea < 1) throw HandsOffException.Usage($"--min-area {MinArea}: should be 1 or more");
        long count = Count ?? samples - First;
        if (Val == 0) return [new ExportSplit("train", First, count)];
        long val = Math.Max(1, (long)Math.Round(Val * count));
        if (val >= count) throw HandsOffException.Usage($"--val {Val.ToString(CultureInfo.InvariantCulture)}: leaves nothing of {count} samples to train on");
        return [new ExportSplit("train", First, count - val), new ExportSplit("val", First + count - val, val)];
    }

    private static T Parse<T>(string option, string text)
        where T : struct, Enum =>
        Enum.GetValues<T>().Where(v => string.Equals(v.ToString(), text, StringComparison.OrdinalIgnoreCase)).Select(v => (T?)v).FirstOrDefault()
            ?? throw HandsOffException.Usage($"{option} '{text}': should be one of {string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant()}");
}
