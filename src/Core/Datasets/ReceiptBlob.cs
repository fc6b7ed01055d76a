namespace HandsOff.Core.Datasets;

/// <summary>A data blob of a shard: name relative to the dataset, length in bytes, SHA-256 in lower-case hex.</summary>
public sealed record ReceiptBlob(string Name, long Bytes, string Sha256);
