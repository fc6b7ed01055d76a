using System.Collections.Concurrent;
using HandsOff.Core;
using HandsOff.Grains.Coordination;

namespace HandsOff.Grains.Tests.Fakes;

/// <summary>Datasets in memory that outlive silos: receipts are create-only, as on a real store. The request is "shardSize".</summary>
internal sealed class FakeStore : IDatasetStorage
{
    private readonly ConcurrentDictionary<string, (int ShardSize, long Samples)> _requests = new();

    /// <summary>By dataset and shard: the content that won.</summary>
    public ConcurrentDictionary<(string Dataset, int Shard), string> Receipts { get; } = new();

    /// <summary>Commits beyond the first of a shard.</summary>
    public int Duplicates;

    public ConcurrentDictionary<string, int> Manifests { get; } = new();

    /// <summary>Shards that the first reading back finds damaged.</summary>
    public ConcurrentQueue<int> Damaged { get; } = new();

    public Task<DatasetOpening?> OpenAsync(string dataset, DatasetOrder? order, CancellationToken cancellationToken)
    {
        if (order is not null)
        {
            int size = int.Parse(order.RequestJson);
            if (size < 1) throw HandsOffException.Usage("shard size 0: 1 or more would be right");
            _requests.TryAdd(dataset, (size, order.Samples));
        }

        if (!_requests.TryGetValue(dataset, out var request)) return Task.FromResult<DatasetOpening?>(null);
        int[] committed = [.. Receipts.Keys.Where(k => k.Dataset == dataset).Select(k => k.Shard)];
        return Task.FromResult<DatasetOpening?>(new DatasetOpening(request.ShardSize.ToString(), request.Samples, request.ShardSize, committed, Manifests.ContainsKey(dataset)));
    }

    public Task<IReadOnlyList<FaultyShard>> FinalizeAsync(string dataset, DatasetOpening opening, CancellationToken cancellationToken)
    {
        if (Damaged.TryDequeue(out int shard))
        {
            Receipts.TryRemove((dataset, shard), out _);
            return Task.FromResult<IReadOnlyList<FaultyShard>>([new FaultyShard(shard, "cut short")]);
        }

        int shards = (int)((opening.Samples + opening.ShardSize - 1) / opening.ShardSize);
        for (int i = 0; i < shards; i++) Assert.True(Receipts.ContainsKey((dataset, i)), $"finalised without shard {i}");
        Manifests[dataset] = shards;
        return Task.FromResult<IReadOnlyList<FaultyShard>>([]);
    }

    /// <summary>Commits a shard; false when an equal one was there.</summary>
    public bool Commit(string dataset, int shard, string content)
    {
        if (Receipts.TryAdd((dataset, shard), content)) return true;
        Assert.Equal(Receipts[(dataset, shard)], content);
        Interlocked.Increment(ref Duplicates);
        return false;
    }
}
