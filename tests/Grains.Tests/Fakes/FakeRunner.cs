using HandsOff.Grains.Coordination;
using HandsOff.Grains.Nodes;

namespace HandsOff.Grains.Tests.Fakes;

/// <summary>Makes shards of nothing, slowly enough to be interrupted.</summary>
internal sealed class FakeRunner(FakeStore store, FakeWork work, string device) : IShardRunner
{
    public IReadOnlyList<string> Pairs => ["fake"];

    public async Task<ShardDone> RunAsync(string dataset, string requestJson, ShardGrant grant, string node, Action<int> progress, CancellationToken cancellationToken)
    {
        work.Began(node, grant);
        if (work.Fails?.Invoke(device, grant) is { } error) throw error;
        for (int i = 0; i < grant.Count; i++)
        {
            await Task.Delay(work.PerSample, cancellationToken);
            progress(i + 1);
        }

        if (grant.Probe) return new ShardDone { LeaseId = grant.LeaseId, Shard = grant.Shard, Count = grant.Count, Probe = true };
        bool first = await store.CommitAsync(dataset, grant.Shard, grant.Count, $"{grant.First}+{grant.Count}");
        return new ShardDone { LeaseId = grant.LeaseId, Shard = grant.Shard, Count = grant.Count, Duplicate = !first, Bytes = grant.Count, Seconds = 0.01, KernelClass = "fake" };
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
