using HandsOff.Core.Datasets.Checking;
using HandsOff.Core.Datasets.Reading;
using HandsOff.Core.Storage;

namespace HandsOff.Core.Datasets;

/// <summary>Mends a dataset: shards that are missing or damaged are discarded and made again; stray blobs are removed.</summary>
public static class DatasetRepairer
{
    // A shard that does not stand the reading back again and again means a store that cannot be trusted, or somebody else at work.
    private const int Rounds = 3;

    /// <summary>
    /// Repairs a dataset that nobody is making at the moment. An unfinished one is left unfinished, with what it has mended. Interrupted at any
    /// point, it is run again.
    /// </summary>
    /// <param name="store">The dataset's store.</param>
    /// <param name="pipeline">Opens a pipeline of the dataset's pair; called only when something must be made again. Disposed here.</param>
    /// <param name="node">Who repairs, for the receipts.</param>
    /// <param name="progress">Hears how many shards were read back and made.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task<RepairReport> RunAsync(
        IBlobStore store, Func<DatasetRequest, CancellationToken, Task<ShardPipeline>> pipeline, string node, Action<CrewProgress>? progress, CancellationToken cancellationToken)
    {
        await using var crew = new LocalShardCrew(pipeline: pipeline, node: node);
        return await RunAsync(crew, store, progress, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The same by a crew: it reads the shards back and makes them; what is removed and the manifest are seen to here.</summary>
    /// <inheritdoc cref="RunAsync(IBlobStore, Func{DatasetRequest, CancellationToken, Task{ShardPipeline}}, string, Action{CrewProgress}, CancellationToken)"/>
    public static async Task<RepairReport> RunAsync(IShardCrew crew, IBlobStore store, Action<CrewProgress>? progress, CancellationToken cancellationToken)
    {
        var state = await DatasetState.OpenAsync(store, cancellationToken).ConfigureAwait(false);
        var found = new List<ShardFault>();
        var work = new CrewWork(crew, state, progress);
        var shards = await DatasetVerifier.CommittedAsync(state, found, cancellationToken).ConfigureAwait(false);
        found.AddRange(await work.ReadBackAsync(shards, cancellationToken).ConfigureAwait(false));
        int[] broken = [.. found.Where(f => f.Shard is not null).Select(f => f.Shard!.Value).Distinct().Order()];
        if (broken.Length > 0)
        {
            // Before anything is removed: what cannot be made again is better kept damaged.
            if (state.IsCancelled) throw new HandsOffException($"{store.Description}: the dataset was cancelled; its shards are not made again");
            await crew.ReadyAsync(state, cancellationToken).ConfigureAwait(false);
        }

        await RemoveStrayAsync(state, found, cancellationToken).ConfigureAwait(false);
        var changed = new List<int>();
        if (broken.Length > 0)
        {
            var remade = await RemakeAsync(crew, work, state, broken, cancellationToken).ConfigureAwait(false);
            changed = await UpdateManifestAsync(state, remade, cancellationToken).ConfigureAwait(false);
        }

        if (state.IsFinished) await PresentMissingAsync(state, cancellationToken).ConfigureAwait(false);
        return new RepairReport(found, broken, changed);
    }

    /// <summary>Removes a shard: the receipt first, so that it is not believed in while its blobs go.</summary>
    public static async Task DiscardAsync(IBlobStore store, ShardRange range, CancellationToken cancellationToken)
    {
        await store.DeleteAsync(range.Receipt, cancellationToken).ConfigureAwait(false);
        foreach (string blob in range.Blobs) await store.DeleteAsync(blob, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes shards again and reads them back: a writer that was given up may have come in between.</summary>
    private static async Task<Dictionary<int, ManifestShard>> RemakeAsync(IShardCrew crew, CrewWork work, DatasetState state, int[] broken, CancellationToken cancellationToken)
    {
        var remade = new Dictionary<int, ManifestShard>();
        for (int round = 1; broken.Length > 0; round++)
        {
            var made = await work.AllAsync(
                CrewStage.Make,
                broken,
                async (shard, ct) =>
                {
                    await DiscardAsync(state.Store, state.Plan[shard], ct).ConfigureAwait(false);
                    return await crew.MakeAsync(state, state.Plan[shard], ct).ConfigureAwait(false);
                },
                cancellationToken).ConfigureAwait(false);
            foreach (var shard in made) remade[shard.Shard] = shard;
            var faults = await work.ReadBackAsync(made, cancellationToken).ConfigureAwait(false);
            if (faults.Count > 0 && round == Rounds)
                throw new HandsOffException($"{state.Store.Description}: shard {faults[0].Shard} does not stand the reading back ({faults[0].What}), made {Rounds} times: the store loses what it has taken, or somebody else is making the dataset");
            broken = [.. faults.Select(f => f.Shard!.Value)];
        }

        return remade;
    }

    private static async Task<List<int>> UpdateManifestAsync(DatasetState state, Dictionary<int, ManifestShard> remade, CancellationToken cancellationToken)
    {
        if (!state.IsFinished) return [];
        var manifest = state.Manifest!;
        List<int> changed = [.. manifest.Shards.Where(s => remade.TryGetValue(s.Shard, out var now) && !now.SameContent(s)).Select(s => s.Shard)];
        if (changed.Count == 0 && manifest.Shards.Count == state.Plan.Count) return changed;
        var there = await state.Store.ReadAsync(DatasetBlobs.Manifest, cancellationToken).ConfigureAwait(false);
        var mended = manifest with { Shards = [.. manifest.Shards.Select(s => remade.GetValueOrDefault(s.Shard, s))] };
        if (there is null || !await state.Store.ReplaceAsync(DatasetBlobs.Manifest, mended.ToJson(), there.ETag, cancellationToken).ConfigureAwait(false))
            throw new HandsOffException($"{state.Store.Description}: {DatasetBlobs.Manifest} was changed by somebody else during the repair; run it again");
        return changed;
    }

    private static async Task PresentMissingAsync(DatasetState state, CancellationToken cancellationToken)
    {
        bool there = await state.Store.StatAsync(DatasetBlobs.Card, cancellationToken).ConfigureAwait(false) is not null
            && await state.Store.StatAsync(DatasetBlobs.Preview, cancellationToken).ConfigureAwait(false) is not null;
        if (there) return;
        var statistics = new DatasetStatistics(state.Request.Schema.Classes.Count);
        var manifest = (await DatasetState.OpenAsync(state.Store, cancellationToken).ConfigureAwait(false)).Manifest!;
        await ShardCheck.AllAsync(state.Store, state.Request, manifest.Shards, (_, table) => statistics.Add(table), null, cancellationToken, tablesOnly: true).ConfigureAwait(false);
        await DatasetFinalizer.PresentAsync(state, manifest, statistics, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes blobs under shards/ that no shard of the plan owns, and those of shards without a receipt (a killed writer's).</summary>
    private static async Task RemoveStrayAsync(DatasetState state, List<ShardFault> found, CancellationToken cancellationToken)
    {
        var owned = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var entry in state.Store.ListAsync(DatasetBlobs.Receipts, cancellationToken).ConfigureAwait(false))
            if (DatasetState.RangeOf(entry.Name, state.Request.ShardSize) is { } range) owned.UnionWith(range.Blobs);
        if (state.IsFinished) owned.UnionWith(state.Plan.Shards.SelectMany(r => r.Blobs));
        var stray = new List<string>();
        await foreach (var entry in state.Store.ListAsync(DatasetBlobs.Shards, cancellationToken).ConfigureAwait(false))
            if (!owned.Contains(entry.Name)) stray.Add(entry.Name);
        foreach (string name in stray)
        {
            found.Add(new ShardFault(null, $"{name} belonged to no committed shard"));
            await state.Store.DeleteAsync(name, cancellationToken).ConfigureAwait(false);
        }
    }
}
