using HandsOff.Core.Datasets.Timing;

namespace HandsOff.Grains.Nodes;

/// <summary>
/// The shares (0 to 1) of the last half minute that a node's stages worked and waited. Generate and Label are the device's; a stage waits when
/// shards are in work and it has nothing to do itself.
/// </summary>
[GenerateSerializer, Immutable, Alias("handsoff.stage-shares")]
public sealed record StageShares
{
    /// <summary>Of the time before the first figures are known.</summary>
    public static StageShares None { get; } = new();

    [Id(0)] public double Generate { get; init; }

    [Id(1)] public double Label { get; init; }

    /// <summary>The device had no room for more samples, or its shards were all being committed: what comes after was slower.</summary>
    [Id(2)] public double DeviceWait { get; init; }

    /// <summary>The mean share of the encoding threads.</summary>
    [Id(3)] public double Encode { get; init; }

    [Id(4)] public double EncodeWait { get; init; }

    /// <summary>At least one tar was being hashed and written.</summary>
    [Id(5)] public double Upload { get; init; }

    [Id(6)] public double UploadWait { get; init; }

    /// <summary>At least one shard was being committed.</summary>
    [Id(7)] public double Commit { get; init; }

    /// <summary>
    /// One word for what bounds the node's rate: <c>device</c>, <c>encode</c>, <c>upload</c>, or <c>idle</c> when it had no work for more than half
    /// of the time.
    /// </summary>
    public string Bottleneck
    {
        get
        {
            double device = Generate + Label;
            return device + DeviceWait < 0.5 ? "idle"
                : DeviceWait < 0.2 * (device + DeviceWait) ? "device"
                : Encode >= 0.8 || Encode >= Math.Max(Upload, Commit) ? "encode" : "upload";
        }
    }

    /// <summary>All the words.</summary>
    public static IReadOnlyList<string> Bottlenecks { get; } = ["device", "encode", "upload", "idle"];

    /// <summary>The shares of the time from one reading to a later one.</summary>
    public static StageShares Between(StageReading from, StageReading to)
    {
        double seconds = to.Seconds - from.Seconds;
        if (seconds <= 0) return None;
        double Share(Func<StageReading, double> of) => Math.Clamp((of(to) - of(from)) / seconds, 0, 1);
        double active = Share(r => r.Active), generate = Share(r => r.Generate), label = Share(r => r.Label), encode = Share(r => r.Encode), upload = Share(r => r.Upload);
        return new StageShares
        {
            Generate = generate,
            Label = label,
            DeviceWait = Math.Clamp(Share(r => r.Blocked), 0, Math.Max(0, 1 - generate - label)),
            Encode = encode,
            EncodeWait = Math.Max(0, active - encode),
            Upload = upload,
            UploadWait = Math.Max(0, active - upload),
            Commit = Share(r => r.Commit),
        };
    }
}
