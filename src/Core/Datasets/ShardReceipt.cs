using System.Text.Json.Serialization;

namespace HandsOff.Core.Datasets;

/// <summary>The small blob whose creation commits a shard.</summary>
public sealed record ShardReceipt
{
    public required int Shard { get; init; }

    public required long First { get; init; }

    public required int Count { get; init; }

    public required IReadOnlyList<ReceiptBlob> Blobs { get; init; }

    public required string ContentSha256 { get; init; }

    public required KernelClass KernelClass { get; init; }

    /// <summary>Who made it: silo/device.</summary>
    public required string Node { get; init; }

    /// <summary>Which of a shard's attempts.</summary>
    public required string AttemptId { get; init; }

    public required DateTimeOffset Started { get; init; }

    /// <summary>From start to commit.</summary>
    public required double Seconds { get; init; }

    /// <summary>The part that the manifest repeats.</summary>
    [JsonIgnore]
    public ManifestShard Content => new() { Shard = Shard, First = First, Count = Count, Blobs = Blobs, ContentSha256 = ContentSha256, KernelClass = KernelClass };

    /// <summary>Bytes of the shard's blobs.</summary>
    [JsonIgnore]
    public long Bytes => Blobs.Sum(b => b.Bytes);

    public byte[] ToJson() => DatasetJson.Readable(this);

    public static ShardReceipt FromJson(ReadOnlySpan<byte> json, string name) => DatasetJson.Read<ShardReceipt>(json, name);
}
