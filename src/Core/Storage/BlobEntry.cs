namespace HandsOff.Core.Storage;

/// <summary>A listed blob: name relative to the store, length in bytes.</summary>
public sealed record BlobEntry(string Name, long Length);
