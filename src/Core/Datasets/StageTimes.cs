namespace HandsOff.Core.Datasets;

/// <summary>
/// Seconds that the stages of a pipeline worked, and that the device waited. Encoding sums its threads; a device shared by several
/// shards gives each its part.
/// </summary>
public sealed record StageTimes
{
    /// <summary>Generating on the device.</summary>
    public double Generate { get; init; }

    /// <summary>Labeling on the device.</summary>
    public double Label { get; init; }

    /// <summary>The device had samples to make and no room for them: what comes after was slower.</summary>
    public double GenerateWait { get; init; }

    public double Encode { get; init; }

    /// <summary>Hashing and uploading.</summary>
    public double Write { get; init; }

    /// <summary>Table, index, publication and receipt.</summary>
    public double Commit { get; init; }

    /// <summary>One word for what bounds the rate: device, encode, upload, or idle when nothing was made.</summary>
    public string Bottleneck =>
        Device + GenerateWait <= 0 ? "idle"
        : GenerateWait < 0.2 * (Device + GenerateWait) ? "device"
        : Encode > Write + Commit ? "encode" : "upload";

    private double Device => Generate + Label;

    public static StageTimes operator +(StageTimes a, StageTimes b) => new()
    {
        Generate = a.Generate + b.Generate,
        Label = a.Label + b.Label,
        GenerateWait = a.GenerateWait + b.GenerateWait,
        Encode = a.Encode + b.Encode,
        Write = a.Write + b.Write,
        Commit = a.Commit + b.Commit,
    };
}
