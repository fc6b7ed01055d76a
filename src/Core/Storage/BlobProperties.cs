namespace HandsOff.Core.Storage;

/// <summary>A blob's length in bytes and its ETag.</summary>
public sealed record BlobProperties(long Length, string ETag);
