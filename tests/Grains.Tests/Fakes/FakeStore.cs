using System.Collections.Concurrent;
using HandsOff.Core;
using HandsOff.Grains.Coordination;

namespace HandsOff.Grains.Tests.Fakes;

/// <summary>Datasets in memory that outlive silos: receipts are create-only, as on a real store. The request is "shardSize".</summary>
internal sealed class FakeStore : IDatasetStorage
{
    private readonly ConcurrentDictionary<string, (int ShardSize, long Samples)> _requests = new();

    /// <summary>By dataset, shard and its samples: the content that won.</summary>
    public ConcurrentDictionary<(string Dataset, int Shard, int Count), string> Receipts { get; } = new();

    /// <summary>Commits beyond the first of a shard.</summary>
    public int Duplicates;

    public ConcurrentDictionary<string, int> Manifests { get; } = new();

    public ConcurrentDictionary<string, DatasetSettings> Settings { get; } = new();

    /// <summary>Tombstones.</summary>
    public ConcurrentDictionary<string, bool> Cancelled { get; } = new();

    /// <summary>While set, every call waits for it first.</summary>
    public Task? Hangs { get; set; }

    /// <summary>While set, every call fails as one to a store that is down does.</summary>
    public volatile bool Down;

    /// <summary>Shards that the first reading back finds damaged.</summary>
    public ConcurrentQueue<int> Damaged { get; } = new();

    public Task<DatasetOpening?> OpenAsync(string dataset, DatasetOrder? order, CancellationToken cancellationToken) => Step(() =>
    {
        if (order is not null)
        {
            int size = int.Parse(order.RequestJson);
            if (size < 1) throw HandsOffException.Usage("shard size 0: 1 or more would be right");
            var there = _requests.GetOrAdd(dataset, (size, order.Samples));
            if (order.Samples < there.Samples) throw new HandsOffException($"{order.Samples} samples are fewer than {there.Samples}");
            if (order.Samples > there.Samples && order.Extend) _requests[dataset] = (size, order.Samples);
            if (Cancelled.ContainsKey(dataset)) throw new HandsOffException("this dataset was cancelled");
        }

        if (!_requests.TryGetValue(dataset, out var request)) return null;
        int shards = (int)((request.Samples + request.ShardSize - 1) / request.ShardSize);
        int[] committed = [.. Enumerable.Range(0, shards).Where(k => Receipts.ContainsKey((dataset, k, Count(request, k))))];
        return new DatasetOpening(request.ShardSize.ToString(), request.Samples, request.ShardSize, committed, Manifests.GetValueOrDefault(dataset) == shards)
        {
            Cancelled = Cancelled.ContainsKey(dataset),
            Settings = Settings.GetValueOrDefault(dataset),
        };
    });

    public Task SaveAsync(string dataset, DatasetSettings settings, CancellationToken cancellationToken) =>
        Step(() => { Settings[dataset] = settings; return true; });

    public Task<CancelOutcome> CancelAsync(string dataset, CancellationToken cancellationToken) => Step(() =>
    {
        if (Manifests.ContainsKey(dataset)) return CancelOutcome.Finished;
        if (!_requests.ContainsKey(dataset)) return CancelOutcome.Missing;
        Cancelled[dataset] = true;
        return CancelOutcome.Cancelled;
    });

    public Task<IReadOnlyList<FaultyShard>> FinalizeAsync(string dataset, DatasetOpening opening, CancellationToken cancellationToken) => Step<IReadOnlyList<FaultyShard>>(() =>
    {
        if (Damaged.TryDequeue(out int shard))
        {
            foreach (var key in Receipts.Keys.Where(k => k.Dataset == dataset && k.Shard == shard)) Receipts.TryRemove(key, out _);
            return [new FaultyShard(shard, "cut short")];
        }

        int shards = (int)((opening.Samples + opening.ShardSize - 1) / opening.ShardSize);
        for (int i = 0; i < shards; i++)
            Assert.True(Receipts.ContainsKey((dataset, i, Count((opening.ShardSize, opening.Samples), i))), $"finalised without shard {i}");
        Manifests[dataset] = shards;
        return [];
    });

    /// <summary>Commits a shard; false when an equal one was there.</summary>
    public async Task<bool> CommitAsync(string dataset, int shard, int count, string content) => await Step(() =>
    {
        if (Cancelled.ContainsKey(dataset)) throw new HandsOffException("the dataset was cancelled");
        var key = (dataset, shard, count);
        if (Receipts.TryAdd(key, content)) return true;
        Assert.Equal(Receipts[key], content);
        Interlocked.Increment(ref Duplicates);
        return false;
    });

    private static int Count((int ShardSize, long Samples) request, int shard) => (int)Math.Min(request.ShardSize, request.Samples - (long)shard * request.ShardSize);

    private async Task<T> Step<T>(Func<T> act)
    {
        if (Hangs is { } hang) await hang;
        if (Down) throw new HandsOffException("fake: the store cannot be reached") { IsTransient = true };
        return act();
    }
}
