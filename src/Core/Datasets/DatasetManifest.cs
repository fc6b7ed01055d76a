namespace HandsOff.Core.Datasets;

/// <summary>The list of all shards: what readers trust. Written when every shard was read back.</summary>
public sealed record DatasetManifest
{
    public const string FormatName = "handsoff-dataset/1";

    public string Format { get; init; } = FormatName;

    public required string Name { get; init; }

    public required string RequestSha256 { get; init; }

    public required long Samples { get; init; }

    public required int ShardSize { get; init; }

    public required IReadOnlyList<ManifestShard> Shards { get; init; }

    public byte[] ToJson() => DatasetJson.Readable(this);

    public static DatasetManifest FromJson(ReadOnlySpan<byte> json, string name)
    {
        var manifest = DatasetJson.Read<DatasetManifest>(json, name);
        return manifest.Format == FormatName ? manifest : throw new HandsOffException($"{name}: format '{manifest.Format}', this program knows {FormatName}");
    }
}
