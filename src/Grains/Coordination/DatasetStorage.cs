using System.Text;
using HandsOff.Core;
using HandsOff.Core.Catalog;
using HandsOff.Core.Datasets;
using HandsOff.Core.Storage;
using HandsOff.Grains.Diagnostics;

namespace HandsOff.Grains.Coordination;

/// <summary>Datasets in folders and Azure containers; those under the cluster's root are entered in its catalog.</summary>
/// <param name="meter">Measures every store.</param>
/// <param name="root">The cluster's store; none in a cluster of one process.</param>
/// <param name="stores">Opens stores; <see cref="BlobStores.OpenAsync"/> unless a test says otherwise.</param>
internal sealed class DatasetStorage(StoreMeter meter, ClusterRoot? root = null, Func<string, bool, CancellationToken, Task<IBlobStore>>? stores = null) : IDatasetStorage
{
    private readonly Func<string, bool, CancellationToken, Task<IBlobStore>> _open = stores ?? BlobStores.OpenAsync;

    public async Task<DatasetOpening?> OpenAsync(string dataset, DatasetOrder? order, CancellationToken cancellationToken)
    {
        DatasetState? state;
        if (order is null)
        {
            if (stores is null && !BlobStores.IsAzure(dataset) && !Directory.Exists(dataset)) return null;
            state = await DatasetState.FindAsync(await StoreAsync(dataset, false, cancellationToken), cancellationToken);
            if (state is null or { Samples: 0 }) return null;
        }
        else
        {
            var request = DatasetRequest.FromJson(Encoding.UTF8.GetBytes(order.RequestJson), "order");
            var store = await StoreAsync(dataset, true, cancellationToken);
            state = await DatasetState.BeginAsync(store, request, order.Samples, shardSizeGiven: true, order.Extend, cancellationToken);
        }

        var plan = state.Plan;
        var settings = await EnterAsync(dataset, state, order, cancellationToken);
        var committed = await CommittedAsync(state.Store, plan, cancellationToken);
        return new DatasetOpening(Encoding.UTF8.GetString(state.Request.ToJson()), plan.Samples, plan.ShardSize, committed, state.IsFinished)
        {
            Cancelled = state.IsCancelled,
            Settings = settings,
        };
    }

    public async Task SaveAsync(string dataset, DatasetSettings settings, CancellationToken cancellationToken)
    {
        if (await CatalogAsync(dataset, cancellationToken) is not var (catalog, name)) return;
        var store = await StoreAsync(dataset, false, cancellationToken);
        if (await IsOverAsync(store, cancellationToken)) return; // its entry is gone and must not come back
        await catalog.PutAsync(new CatalogEntry(name, settings.Weight, settings.Priority, settings.Paused), cancellationToken);
        if (await IsOverAsync(store, cancellationToken)) await catalog.RemoveAsync(name, cancellationToken); // it ended between the two
    }

    private static async Task<bool> IsOverAsync(IBlobStore store, CancellationToken cancellationToken) =>
        await DatasetState.FindAsync(store, cancellationToken) is null or { IsFinished: true } or { IsCancelled: true };

    public async Task<CancelOutcome> CancelAsync(string dataset, CancellationToken cancellationToken)
    {
        var store = await StoreAsync(dataset, false, cancellationToken);
        if (await DatasetState.FindAsync(store, cancellationToken) is not { } state) return CancelOutcome.Missing;
        if (state.IsFinished) return CancelOutcome.Finished;
        await DatasetState.CancelAsync(store, cancellationToken);

        // A finaliser that had looked for the mark before it was there may have written the manifest meanwhile: it wins.
        bool finished = await DatasetState.FindAsync(store, cancellationToken) is { IsFinished: true };
        if (finished) await store.DeleteAsync(DatasetBlobs.Cancelled, cancellationToken);
        await LeaveAsync(dataset, cancellationToken);
        return finished ? CancelOutcome.Finished : CancelOutcome.Cancelled;
    }

    public async Task<IReadOnlyList<FaultyShard>> FinalizeAsync(string dataset, DatasetOpening opening, CancellationToken cancellationToken)
    {
        var store = await StoreAsync(dataset, false, cancellationToken);
        var result = await DatasetFinalizer.RunAsync(store, DatasetLabel.Of(dataset), progress: null, cancellationToken);
        if (result.Damaged.FirstOrDefault(f => f.Shard is null) is { } whole) throw new HandsOffException($"{dataset}: {whole.What}");
        var plan = new ShardPlan(opening.Samples, opening.ShardSize);
        var faulty = new List<FaultyShard>([.. result.Missing.Select(s => new FaultyShard(s, "its receipt is gone"))]);
        foreach (var fault in result.Damaged.DistinctBy(f => f.Shard))
        {
            await RemoveAsync(store, plan[fault.Shard!.Value], cancellationToken);
            faulty.Add(new FaultyShard(fault.Shard.Value, fault.What));
        }

        if (faulty.Count == 0) await LeaveAsync(dataset, cancellationToken);
        return faulty;
    }

    private async Task<IBlobStore> StoreAsync(string uri, bool create, CancellationToken cancellationToken) =>
        meter.Measure(await _open(uri, create, cancellationToken));

    /// <summary>The catalog that the dataset belongs to and its name there; null for one outside the cluster's store.</summary>
    private async Task<(DatasetCatalog Catalog, string Name)?> CatalogAsync(string dataset, CancellationToken cancellationToken)
    {
        if (root is null) return null;
        string name = dataset[(dataset.LastIndexOf('/') + 1)..];
        if (!DatasetName.IsValid(name) || BlobStores.Combine(root.Uri, name) != dataset) return null;
        return (new DatasetCatalog(await StoreAsync(root.Uri, true, cancellationToken)), name);
    }

    /// <summary>Sees to it that an unfinished dataset is in the catalog, with what an order changes; what it says there.</summary>
    private async Task<DatasetSettings?> EnterAsync(string dataset, DatasetState state, DatasetOrder? order, CancellationToken cancellationToken)
    {
        if (await CatalogAsync(dataset, cancellationToken) is not var (catalog, name)) return null;
        if (state.IsFinished || state.IsCancelled)
        {
            await catalog.RemoveAsync(name, cancellationToken); // a coordinator died between the last write and this
            return null;
        }

        var there = await catalog.FindAsync(name, cancellationToken);
        var entry = new CatalogEntry(name, order?.Weight ?? there?.Weight ?? 1, order?.Priority ?? there?.Priority ?? 0, there?.Paused ?? false);
        if (entry != there) await catalog.PutAsync(entry, cancellationToken);
        return new DatasetSettings(entry.Weight, entry.Priority, entry.Paused);
    }

    private async Task LeaveAsync(string dataset, CancellationToken cancellationToken)
    {
        if (await CatalogAsync(dataset, cancellationToken) is var (catalog, name)) await catalog.RemoveAsync(name, cancellationToken);
    }

    /// <summary>Removes a shard that must be made again: its blobs first, so that a crash leaves the receipt, which the next reading back finds wanting.</summary>
    private static async Task RemoveAsync(IBlobStore store, ShardRange range, CancellationToken cancellationToken)
    {
        foreach (string blob in range.Blobs.Append(range.Receipt)) await store.DeleteAsync(blob, cancellationToken);
    }

    /// <summary>
    /// The shards that have a receipt, by the receipts' names alone: a listing of a million is quick and small. What the receipts say is checked
    /// when the dataset is finalised.
    /// </summary>
    private static async Task<IReadOnlyCollection<int>> CommittedAsync(IBlobStore store, ShardPlan plan, CancellationToken cancellationToken)
    {
        var committed = new List<int>();
        await foreach (var entry in store.ListAsync(DatasetBlobs.Receipts, cancellationToken))
        {
            string digits = new([.. entry.Name.AsSpan(DatasetBlobs.Receipts.Length).ToArray().TakeWhile(char.IsAsciiDigit)]);
            if (int.TryParse(digits, out int shard) && shard < plan.Count && plan[shard].Receipt == entry.Name) committed.Add(shard);
        }

        return committed;
    }
}
