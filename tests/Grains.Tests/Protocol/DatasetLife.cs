using System.Text;
using HandsOff.Core;
using HandsOff.Core.Datasets;
using HandsOff.Core.Storage;
using HandsOff.Core.Tests.Datasets;
using HandsOff.Grains.Coordination;
using HandsOff.Grains.Scheduling;
using HandsOff.Grains.Tests.Fakes;

namespace HandsOff.Grains.Tests.Protocol;

/// <summary>
/// A life of the system in one flow: the coordinator's storage and run, and a node's pipeline, over a store that fails when the test says so. What
/// the grains add (turns, timers, calls) is left out, so that every step can be counted and repeated.
/// </summary>
internal sealed class DatasetLife(MemoryStore store, ShardPipeline pipeline, long samples)
{
    public const int ShardSize = 2;

    private readonly DatasetStorage _storage = StorageOf(store);
    private DateTimeOffset _now = DateTimeOffset.UnixEpoch;

    public static DatasetRequest Request { get; } = Bench.Request(ShardSize);

    public static DatasetStorage StorageOf(MemoryStore store) => new(Measuring.Stores(), stores: (_, _, _) => Task.FromResult<IBlobStore>(store));

    /// <summary>Makes the dataset; throws what kills the process.</summary>
    public async Task RunAsync()
    {
        var order = new DatasetOrder(Encoding.UTF8.GetString(Request.ToJson()), samples, Extend: true);
        var opening = await InspiteOfOutages(() => _storage.OpenAsync("az:root/d", order, default));
        var run = new DatasetRun("az:root/d", opening!.Samples, opening.ShardSize, opening.Committed, new LedgerOptions(), "t");
        for (int round = 0; round < 4; round++)
        {
            for (int turns = 0; !run.Ledger.IsComplete; turns++)
            {
                Assert.True(turns < 60, "it does not come to an end");
                await NodeTurnAsync(run);
            }

            var faulty = await InspiteOfOutages(() => _storage.FinalizeAsync("az:root/d", opening, default));
            if (faulty.Count == 0) return;
            foreach (var (shard, _) in faulty) run.Reopen(shard, _now);
        }

        Assert.Fail("it is never complete");
    }

    private async Task NodeTurnAsync(DatasetRun run)
    {
        _now += TimeSpan.FromSeconds(20);
        var orders = run.Exchange(new NodeReport { Node = "n/0", Epoch = 1, Want = 1 }, DatasetPhase.Running, _now);
        foreach (var grant in orders.Grants)
        {
            var report = new NodeReport { Node = "n/0", Epoch = 1 };
            try
            {
                var range = new ShardRange(grant.Shard, grant.First, grant.Count, grant.Count < ShardSize);
                var result = await pipeline.RunAsync(new ShardJob(store, Request, range, "n/0"));
                Assert.NotEqual(ShardOutcome.Violation, result.Outcome);

                // What is told as done must be done.
                Assert.True(store.Blobs.ContainsKey(range.Receipt), $"{range.Receipt} was reported and is not there");
                report = report with { Done = [new ShardDone { LeaseId = grant.LeaseId, Shard = grant.Shard, Count = grant.Count }] };
            }
            catch (Exception e) when (StoreOutage.Is(e))
            {
                report = report with { Failed = [new ShardFailed(grant.LeaseId, grant.Shard, FailureKind.Outage, e.Message)] };
            }

            run.Exchange(report, DatasetPhase.Running, _now);
        }
    }

    private static async Task<T> InspiteOfOutages<T>(Func<Task<T>> work)
    {
        for (int i = 0; ; i++)
        {
            try
            {
                return await work();
            }
            catch (Exception e) when (StoreOutage.Is(e) && i < 10)
            {
                // As StoreWork does, without the pauses.
            }
        }
    }
}
