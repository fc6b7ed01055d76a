namespace HandsOff.Core.Datasets;

/// <summary>What a receipt says of a shard's content, whoever made it.</summary>
public sealed record ManifestShard
{
    public required int Shard { get; init; }

    public required long First { get; init; }

    public required int Count { get; init; }

    public required IReadOnlyList<ReceiptBlob> Blobs { get; init; }

    /// <summary>SHA-256 over each sample's image digest and labels digest (32 bytes each), in index order.</summary>
    public required string ContentSha256 { get; init; }

    public required KernelClass KernelClass { get; init; }

    /// <summary>Equal content: digests of the samples and of every blob.</summary>
    public bool SameContent(ManifestShard other) =>
        Shard == other.Shard && First == other.First && Count == other.Count && ContentSha256 == other.ContentSha256 && Blobs.SequenceEqual(other.Blobs);
}
