namespace HandsOff.Grains.Coordination;

/// <summary>What an opened dataset is and what of it exists.</summary>
/// <param name="RequestJson">The request as it is stored.</param>
/// <param name="Samples">Samples asked for.</param>
/// <param name="ShardSize">Samples a shard.</param>
/// <param name="Committed">Shards that have their receipt.</param>
/// <param name="Complete">The manifest names every shard.</param>
public sealed record DatasetOpening(string RequestJson, long Samples, int ShardSize, IReadOnlyCollection<int> Committed, bool Complete)
{
    /// <summary>Its tombstone is there.</summary>
    public bool Cancelled { get; init; }

    /// <summary>What the cluster's catalog says of it; null when it is in none.</summary>
    public DatasetSettings? Settings { get; init; }
}
