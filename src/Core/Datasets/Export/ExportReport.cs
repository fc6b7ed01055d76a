namespace HandsOff.Core.Datasets.Export;

/// <summary>What an export gave.</summary>
/// <param name="Folder">Its folder's full path.</param>
/// <param name="Samples">Samples it holds.</param>
/// <param name="Shards">Shards they came from.</param>
/// <param name="Files">Files other than images and labels: annotations, tables.</param>
/// <param name="WasComplete">It was there already.</param>
public sealed record ExportReport(string Folder, long Samples, int Shards, IReadOnlyList<string> Files, bool WasComplete);
