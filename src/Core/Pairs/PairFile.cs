namespace HandsOff.Core.Pairs;

/// <summary>A file of a pair: its name relative to the pair's folder, size in bytes and SHA-256 (lower-case hex).</summary>
public sealed record PairFile(string Name, long Bytes, string Sha256);
