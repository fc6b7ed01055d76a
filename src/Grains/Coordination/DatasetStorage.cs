using System.Text;
using HandsOff.Core;
using HandsOff.Core.Datasets;
using HandsOff.Core.Storage;
using HandsOff.Grains.Diagnostics;

namespace HandsOff.Grains.Coordination;

/// <summary>Datasets in folders and Azure containers.</summary>
internal sealed class DatasetStorage(StoreMeter meter) : IDatasetStorage
{
    public async Task<DatasetOpening?> OpenAsync(string dataset, DatasetOrder? order, CancellationToken cancellationToken)
    {
        DatasetState? state;
        if (order is null)
        {
            if (!BlobStores.IsAzure(dataset) && !Directory.Exists(dataset)) return null;
            state = await DatasetState.FindAsync(await StoreAsync(dataset, create: false, cancellationToken), cancellationToken);
            if (state is null or { Samples: 0 } or { IsCancelled: true }) return null;
        }
        else
        {
            var request = DatasetRequest.FromJson(Encoding.UTF8.GetBytes(order.RequestJson), "order");
            var store = await StoreAsync(dataset, create: true, cancellationToken);
            state = await DatasetState.BeginAsync(store, request, order.Samples, shardSizeGiven: true, order.Extend, cancellationToken);
        }

        var plan = state.Plan;
        var committed = await CommittedAsync(state.Store, plan, cancellationToken);
        return new DatasetOpening(Encoding.UTF8.GetString(state.Request.ToJson()), plan.Samples, plan.ShardSize, committed, state.IsFinished);
    }

    public async Task<IReadOnlyList<FaultyShard>> FinalizeAsync(string dataset, DatasetOpening opening, CancellationToken cancellationToken)
    {
        var store = await StoreAsync(dataset, create: false, cancellationToken);
        var result = await DatasetFinalizer.RunAsync(store, DatasetLabel.Of(dataset), progress: null, cancellationToken);
        if (result.Damaged.FirstOrDefault(f => f.Shard is null) is { } whole) throw new HandsOffException($"{dataset}: {whole.What}");
        var plan = new ShardPlan(opening.Samples, opening.ShardSize);
        var faulty = new List<FaultyShard>([.. result.Missing.Select(s => new FaultyShard(s, "its receipt is gone"))]);
        foreach (var fault in result.Damaged.DistinctBy(f => f.Shard))
        {
            await RemoveAsync(store, plan[fault.Shard!.Value], cancellationToken);
            faulty.Add(new FaultyShard(fault.Shard.Value, fault.What));
        }

        return faulty;
    }

    private async Task<IBlobStore> StoreAsync(string dataset, bool create, CancellationToken cancellationToken) =>
        meter.Measure(await BlobStores.OpenAsync(dataset, create, cancellationToken));

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
