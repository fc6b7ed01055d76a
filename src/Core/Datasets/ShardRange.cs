namespace HandsOff.Core.Datasets;

/// <summary>
/// A shard of a plan: samples [First, First + Count). A short last shard carries its count in its names, so that its full
/// successor has names of its own.
/// </summary>
public readonly record struct ShardRange(int Shard, long First, int Count, bool IsShort)
{
    private string Stem => IsShort ? $"{Shard:D6}-n{Count}" : $"{Shard:D6}";

    public string Tar => $"shards/shard-{Stem}.tar";

    public string Parquet => $"shards/shard-{Stem}.parquet";

    public string Index => $"shards/shard-{Stem}.idx";

    public string Receipt => $"receipts/{Stem}.json";

    /// <summary>The data blobs in the order in which they are committed and receipts list them.</summary>
    public IReadOnlyList<string> Blobs => [Tar, Parquet, Index];
}
