namespace HandsOff.Core.Datasets.Checking;

/// <summary>
/// Who reads a dataset's shards back and makes them again: this process, or the nodes of a cluster. A call is about one shard; several
/// calls at once are well, and a call may be made again.
/// </summary>
public interface IShardCrew
{
    /// <summary>Shards it should be given at once.</summary>
    int AtOnce { get; }

    /// <summary>Makes sure that samples of the dataset can be made, before anything is begun or removed.</summary>
    /// <exception cref="HandsOffException">The pair is not to be had, or is another.</exception>
    Task ReadyAsync(DatasetState dataset, CancellationToken cancellationToken);

    /// <summary>Reads a committed shard back; its first fault, or null.</summary>
    Task<ShardFault?> CheckAsync(DatasetState dataset, ManifestShard shard, CancellationToken cancellationToken);

    /// <summary>Makes the chosen samples of a sound shard again and compares.</summary>
    Task<RegenerationReport> RegenerateAsync(DatasetState dataset, ManifestShard shard, SampleChoice choice, CancellationToken cancellationToken);

    /// <summary>Makes a shard that is not there and commits it; what is there then.</summary>
    /// <exception cref="HandsOffException">Something else is there, or it cannot be made.</exception>
    Task<ManifestShard> MakeAsync(DatasetState dataset, ShardRange range, CancellationToken cancellationToken);
}
