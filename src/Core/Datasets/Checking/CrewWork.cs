namespace HandsOff.Core.Datasets.Checking;

/// <summary>Gives a crew all shards of a kind, as many at once as it wants.</summary>
/// <param name="crew">Who works.</param>
/// <param name="dataset">On what.</param>
/// <param name="progress">Hears how far it is, one call at a time.</param>
internal sealed class CrewWork(IShardCrew crew, DatasetState dataset, Action<CrewProgress>? progress)
{
    /// <summary>Reads the shards back; their faults in the shards' order.</summary>
    public async Task<IReadOnlyList<ShardFault>> ReadBackAsync(IReadOnlyList<ManifestShard> shards, CancellationToken cancellationToken)
    {
        var found = await AllAsync(CrewStage.ReadBack, shards, (shard, ct) => crew.CheckAsync(dataset, shard, ct), cancellationToken).ConfigureAwait(false);
        return [.. found.OfType<ShardFault>().OrderBy(f => f.Shard)];
    }

    /// <summary>Makes the chosen samples of sound shards again.</summary>
    public async Task<RegenerationReport> RegenerateAsync(IReadOnlyList<ManifestShard> shards, SampleChoice choice, CancellationToken cancellationToken)
    {
        ManifestShard[] chosen = [.. shards.Where(choice.HasAny)];
        var all = await AllAsync(CrewStage.Regenerate, chosen, (shard, ct) => crew.RegenerateAsync(dataset, shard, choice, ct), cancellationToken).ConfigureAwait(false);
        return new RegenerationReport([.. all.SelectMany(r => r.Faults)], all.Sum(r => r.Compared), all.Sum(r => r.Identical), all.Any(r => r.AcrossKernelClasses));
    }

    /// <summary>Does something with each shard; the results in the shards' order.</summary>
    public async Task<TResult[]> AllAsync<TShard, TResult>(
        CrewStage stage, IReadOnlyList<TShard> shards, Func<TShard, CancellationToken, Task<TResult>> one, CancellationToken cancellationToken)
    {
        var results = new TResult[shards.Count];
        var told = new Lock();
        int done = 0;
        progress?.Invoke(new CrewProgress(stage, 0, shards.Count));
        await Parallel.ForAsync(0, shards.Count, new ParallelOptions { MaxDegreeOfParallelism = crew.AtOnce, CancellationToken = cancellationToken }, async (i, ct) =>
        {
            results[i] = await one(shards[i], ct).ConfigureAwait(false);
            lock (told) progress?.Invoke(new CrewProgress(stage, ++done, shards.Count));
        }).ConfigureAwait(false);
        return results;
    }
}
