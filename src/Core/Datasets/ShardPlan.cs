namespace HandsOff.Core.Datasets;

/// <summary>How a count falls into shards: shard k holds samples [k*S, min(N, (k+1)*S)). Pure; full shards do not depend on N.</summary>
public sealed record ShardPlan
{
    public ShardPlan(long samples, int shardSize)
    {
        if (samples < 1) throw HandsOffException.Usage($"samples {samples}: should be 1 or more");
        if (shardSize < 1) throw HandsOffException.Usage($"shard size {shardSize}: should be 1 or more");
        if ((samples - 1) / shardSize >= int.MaxValue) throw HandsOffException.Usage($"{samples} samples in shards of {shardSize}: too many shards, make them larger");
        Samples = samples;
        ShardSize = shardSize;
    }

    public long Samples { get; }

    public int ShardSize { get; }

    /// <summary>Number of shards.</summary>
    public int Count => (int)((Samples - 1) / ShardSize) + 1;

    public ShardRange this[int shard]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(shard);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(shard, Count);
            long first = (long)shard * ShardSize;
            int count = (int)Math.Min(ShardSize, Samples - first);
            return new ShardRange(shard, first, count, count < ShardSize);
        }
    }

    public IEnumerable<ShardRange> Shards => Enumerable.Range(0, Count).Select(k => this[k]);

    /// <summary>The shard that holds a sample.</summary>
    public ShardRange Of(long index) => index >= 0 && index < Samples
        ? this[(int)(index / ShardSize)]
        : throw HandsOffException.Usage($"index {index}: should be 0 to {Samples - 1}");
}
