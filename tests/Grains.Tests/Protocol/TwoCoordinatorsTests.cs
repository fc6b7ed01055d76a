using System.Text;
using CsCheck;
using HandsOff.Core.Datasets;
using HandsOff.Core.Tests.Datasets;
using HandsOff.Grains.Coordination;
using HandsOff.Grains.Scheduling;

namespace HandsOff.Grains.Tests.Protocol;

/// <summary>A grain is not a lock: two coordinators of one dataset give its shards to whom they like, and both finalise.</summary>
public sealed class TwoCoordinatorsTests : IAsyncLifetime
{
    private const long Samples = 11;

    private readonly ShardPipeline[] _nodes = new ShardPipeline[2];

    public async ValueTask InitializeAsync()
    {
        for (int i = 0; i < 2; i++) _nodes[i] = await Bench.PipelineAsync(new FakeEngine(microBatch: 3 + i), new ShardPipelineOptions { EncodeThreads = 1 });
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes) await node.DisposeAsync();
    }

    [Fact]
    public async Task Two_coordinators_and_nodes_that_talk_to_either_make_one_dataset_with_every_shard_once()
    {
        var clean = new MemoryStore();
        await new DatasetLife(clean, _nodes[0], Samples).RunAsync();
        await Gen.Select(Gen.Int[0, 1], Gen.Int[0, 1], Gen.Bool).Array[5, 60].SampleAsync(
            async steps =>
            {
                var store = new MemoryStore();
                var storage = DatasetLife.StorageOf(store);
                var order = new DatasetOrder(Encoding.UTF8.GetString(DatasetLife.Request.ToJson()), Samples);
                var opening = (await storage.OpenAsync("az:root/d", order, default))!;
                DatasetRun[] runs = [.. Enumerable.Range(0, 2).Select(c => new DatasetRun("d", Samples, opening.ShardSize, [], new LedgerOptions(), $"life{c}"))];
                var now = DateTimeOffset.UnixEpoch;
                var flying = new List<Task>();
                foreach (var (coordinator, node, wait) in steps)
                {
                    now += TimeSpan.FromSeconds(7);
                    flying.Add(TurnAsync(runs[coordinator], node, store, now));
                    if (wait) await Task.WhenAll(flying);
                }

                await Task.WhenAll(flying);
                for (int i = 0; runs.Any(r => !r.Ledger.IsComplete); i++)
                {
                    Assert.True(i < 100, "they do not come to an end");
                    now += TimeSpan.FromSeconds(7);
                    foreach (var run in runs) await TurnAsync(run, i % 2, store, now);
                }

                var ends = await Task.WhenAll(storage.FinalizeAsync("az:root/d", opening, default), DatasetLife.StorageOf(store).FinalizeAsync("az:root/d", opening, default));
                Assert.All(ends, Assert.Empty);
                Assert.Equal(clean.Blobs.Keys.Order(StringComparer.Ordinal), store.Blobs.Keys.Order(StringComparer.Ordinal));
                Assert.Equal(Bench.ShardBytes(clean), Bench.ShardBytes(store));
                Assert.Equal(clean.Blobs[DatasetBlobs.Manifest], store.Blobs[DatasetBlobs.Manifest]);
            },
            iter: 40, threads: 1, seed: "0000000000009");
    }

    private async Task TurnAsync(DatasetRun run, int node, MemoryStore store, DateTimeOffset now)
    {
        string name = $"n{node}/0";
        NodeOrders orders;
        lock (run) orders = run.Exchange(new NodeReport { Node = name, Epoch = 1, Want = 1 }, DatasetPhase.Running, now);
        foreach (var grant in orders.Grants)
        {
            var range = new ShardRange(grant.Shard, grant.First, grant.Count, grant.Count < DatasetLife.ShardSize);
            var result = await _nodes[node].RunAsync(new ShardJob(store, DatasetLife.Request, range, name));
            Assert.NotEqual(ShardOutcome.Violation, result.Outcome);
            var done = new ShardDone { LeaseId = grant.LeaseId, Shard = grant.Shard, Count = grant.Count, Duplicate = result.Outcome == ShardOutcome.AlreadyCommitted };
            lock (run) run.Exchange(new NodeReport { Node = name, Epoch = 1, Done = [done] }, DatasetPhase.Running, now);
        }
    }
}
