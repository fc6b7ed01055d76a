using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using HandsOff.Core.Labeling;
using HandsOff.Core.StyleGan2;

namespace HandsOff.Core.Datasets;

/// <summary>
/// What a dataset is to hold, all but its count: stored as <c>request.json</c> in canonical JSON, whose SHA-256 names the
/// dataset's content. With it and the pair any sample can be made alone.
/// </summary>
public sealed record DatasetRequest
{
    public const string FormatName = "handsoff-request/1";
    public const int MaxShardSize = 1_000_000;

    /// <summary>A sample is tried at most this often.</summary>
    public const int MaxMaxAttempts = 1000;

    public string Format { get; init; } = FormatName;

    public required PairReference Pair { get; init; }

    /// <summary>Image width in pixels.</summary>
    public required int Width { get; init; }

    /// <summary>Image height in pixels.</summary>
    public required int Height { get; init; }

    public required ulong Seed { get; init; }

    public required int ShardSize { get; init; }

    public float Truncation { get; init; } = 1;

    public int? TruncationCutoff { get; init; }

    public NoiseMode Noise { get; init; } = NoiseMode.Const;

    public required LabelKinds Labels { get; init; }

    public ImageFormat ImageFormat { get; init; } = ImageFormat.Png;

    /// <summary>Share of draws kept, as asked.</summary>
    public double Keep { get; init; } = 1;

    /// <summary>The uncertainty above which a draw is repeated: <see cref="Keep"/>'s quantile of the pair's calibration. Null: none is.</summary>
    public float? UncertaintyCut { get; init; }

    /// <summary>Draws a sample gets at most; the last one is kept and flagged.</summary>
    public int MaxAttempts { get; init; } = 16;

    /// <summary>What the labels mean; only of the kinds in <see cref="Labels"/>.</summary>
    public required LabelSchema Schema { get; init; }

    /// <summary>The part that the engine needs.</summary>
    [JsonIgnore]
    public SampleRecipe Recipe => new(Seed, Truncation, TruncationCutoff, Noise, Labels);

    /// <summary>
    /// Resolves a user's options with what the pair is. <paramref name="cutOfKeep"/> gives the pair's calibration quantile
    /// for a kept share below 1, or null when the pair was never calibrated.
    /// </summary>
    public static DatasetRequest Create(
        DatasetOptions options, long samples, PairReference pair, LabelSchema schema, int width, int height, Func<double, float?> cutOfKeep)
    {
        if (samples < 1) throw HandsOffException.Usage($"samples {samples}: should be 1 or more");
        var labels = options.Labels ?? schema.Kinds;
        if ((labels & ~schema.Kinds) != 0)
            throw HandsOffException.Usage($"labels {string.Join(", ", LabelNames.Of(labels & ~schema.Kinds))}: pair '{pair.Name}' gives only {string.Join(", ", LabelNames.Of(schema.Kinds))}");
        if (options.Keep is not (> 0 and <= 1)) throw HandsOffException.Usage($"keep {options.Keep}: should be over 0 and at most 1");
        float? cut = options.Keep < 1
            ? cutOfKeep(options.Keep) ?? throw HandsOffException.Usage($"keep {options.Keep}: pair '{pair.Name}' has no calibration, so it cannot tell uncertain samples; leave --keep out")
            : null;
        var request = new DatasetRequest
        {
            Pair = pair,
            Width = width,
            Height = height,
            Seed = options.Seed,
            ShardSize = options.ShardSize ?? DefaultShardSize(samples),
            Truncation = options.Truncation ?? 1,
            TruncationCutoff = options.TruncationCutoff,
            Noise = options.Noise,
            Labels = labels,
            ImageFormat = options.ImageFormat,
            Keep = options.Keep,
            UncertaintyCut = cut,
            MaxAttempts = options.MaxAttempts,
            Schema = Only(schema, labels),
        };
        request.Validate();
        return request;
    }

    /// <summary>The smallest of 100, 250, 500, ... 10,000 samples a shard that needs at most 200 shards.</summary>
    public static int DefaultShardSize(long samples)
    {
        ReadOnlySpan<int> sizes = [100, 250, 500, 1000, 2500, 5000];
        foreach (int size in sizes)
            if (samples <= 200L * size) return size;
        return 10_000;
    }

    /// <summary>Reads a stored request.</summary>
    public static DatasetRequest FromJson(ReadOnlySpan<byte> json, string name)
    {
        var request = DatasetJson.Read<DatasetRequest>(json, name);
        if (request.Format != FormatName) throw new HandsOffException($"{name}: format '{request.Format}', this program knows {FormatName}");
        request.Validate();
        return request;
    }

    /// <summary>Canonical JSON: what request.json holds.</summary>
    public byte[] ToJson() => DatasetJson.Canonical(this);

    /// <summary>SHA-256 of <see cref="ToJson"/> in lower-case hex.</summary>
    public string Sha256() => Convert.ToHexStringLower(SHA256.HashData(ToJson()));

    /// <summary>Throws one clear line for the first field that is out of range.</summary>
    public void Validate()
    {
        Check(Pair.Name.Length > 0, "pair", "has no name");
        Check(Pair.Digest.Length == 64 && Pair.Digest.All(char.IsAsciiHexDigitLower), $"pair digest '{Pair.Digest}'", "should be 64 lower-case hex digits");
        Check(Width is >= 1 and <= 16384 && Height is >= 1 and <= 16384, $"size {Width}x{Height}", "should be 1 to 16384 pixels a side");
        Check(ShardSize is >= 1 and <= MaxShardSize, $"shard size {ShardSize}", $"should be 1 to {MaxShardSize}");
        Check(Truncation is >= 0 and <= 1, $"truncation {Truncation}", "should be 0 to 1 (1: none)");
        Check(TruncationCutoff is null or >= 0, $"truncation cutoff {TruncationCutoff}", "should be 0 or more styles");
        Check(Enum.IsDefined(Noise), $"noise {Noise}", "should be const, seeded or none");
        Check(Enum.IsDefined(ImageFormat), $"image format {ImageFormat}", "should be png, jpg or webp");
        Check(Keep is > 0 and <= 1, $"keep {Keep}", "should be over 0 and at most 1");
        Check(Keep < 1 == UncertaintyCut is not null, $"keep {Keep}", "goes with an uncertainty cut exactly when it is below 1");
        Check(UncertaintyCut is null || (float.IsFinite(UncertaintyCut.Value) && UncertaintyCut >= 0), $"uncertainty cut {UncertaintyCut}", "should be 0 or more");
        Check(MaxAttempts is >= 1 and <= MaxMaxAttempts, $"max attempts {MaxAttempts}", $"should be 1 to {MaxMaxAttempts}");
        Check(Labels == Schema.Kinds, $"labels {string.Join(", ", LabelNames.Of(Labels))}", $"the schema declares {string.Join(", ", LabelNames.Of(Schema.Kinds))}");
        Check(Schema.Classes.Count <= 255, $"{Schema.Classes.Count} classes", "at most 255 fit a mask");
        Check(Schema.Classes.Select(c => c.Name).Distinct().Count() == Schema.Classes.Count, "classes", "should have different names");
        Check(Schema.Keypoints.Distinct().Count() == Schema.Keypoints.Count, "keypoints", "should have different names");
        Check(Schema.Skeleton.All(b => b.Length == 2 && b.All(i => i >= 0 && i < Schema.Keypoints.Count)), "skeleton", "should pair indices of keypoints");
        Check(Schema.Depth is null || (Schema.Depth.Scale > 0 && double.IsFinite(Schema.Depth.Scale)), $"depth scale {Schema.Depth?.Scale}", "should be over 0");
    }

    /// <summary>What differs between an existing request and this one, as <c>seed: 1 there, 2 asked</c>.</summary>
    public IReadOnlyList<string> Differences(DatasetRequest existing)
    {
        var mine = (JsonObject)DatasetJson.ToNode(this)!;
        var theirs = (JsonObject)DatasetJson.ToNode(existing)!;
        return [.. mine.Where(p => !JsonNode.DeepEquals(Reparsed(p.Value), Reparsed(theirs[p.Key]))).Select(p => $"{p.Key}: {Short(theirs[p.Key])} there, {Short(p.Value)} asked")];

        static JsonNode? Reparsed(JsonNode? node) => node is null ? null : JsonNode.Parse(node.ToJsonString());
        static string Short(JsonNode? node) => (node?.ToJsonString() ?? "none") is var text && text.Length <= 100 ? text : text[..97] + "...";
    }

    private static LabelSchema Only(LabelSchema schema, LabelKinds labels) => new()
    {
        Classes = labels.HasFlag(LabelKinds.Segmentation) ? schema.Classes : [],
        Keypoints = labels.HasFlag(LabelKinds.Keypoints) ? schema.Keypoints : [],
        Skeleton = labels.HasFlag(LabelKinds.Keypoints) ? schema.Skeleton : [],
        KeypointFlip = labels.HasFlag(LabelKinds.Keypoints) ? schema.KeypointFlip : [],
        Depth = labels.HasFlag(LabelKinds.Depth) ? schema.Depth : null,
    };

    private static void Check(bool holds, string what, string rule)
    {
        if (!holds) throw HandsOffException.Usage($"request: {what}: {rule}");
    }
}
