namespace HandsOff.Core.Datasets;

/// <summary>The pair a dataset is made with: its name, its digest (64 lower-case hex digits) and the licence of what it was trained on.</summary>
public sealed record PairReference(string Name, string Digest, string License = "unknown");
