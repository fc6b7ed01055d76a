using HandsOff.Grains.Coordination;
using HandsOff.Grains.Scheduling;

namespace HandsOff.Grains.Tests;

/// <summary>What a large ledger weighs.</summary>
public sealed class LedgerMemoryTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(1_000_000, 1000)]
    [InlineData(1_000_000_000, 1000)]
    [InlineData(1_000_000_000, 500_000)]
    public void Planning_and_the_first_leases_take_the_same_little_memory_for_one_sample_and_for_a_billion(long samples, int shardSize)
    {
        Begin(7, 1); // compiled
        long before = GC.GetAllocatedBytesForCurrentThread();
        var run = Begin(samples, shardSize);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1000, 128 * 1024);
        Assert.Equal(new HandsOff.Core.Datasets.ShardPlan(samples, shardSize).Count, run.Ledger.Total);

        static DatasetRun Begin(long samples, int shardSize)
        {
            var run = new DatasetRun("d", samples, shardSize, [], new LedgerOptions(), "t");
            for (int node = 0; node < 50; node++) run.Exchange(new NodeReport { Node = $"n{node}/0", Epoch = 1, Want = 1 }, DatasetPhase.Running, DateTimeOffset.UnixEpoch);
            run.Status(DatasetPhase.Running, DateTimeOffset.UnixEpoch);
            return run;
        }
    }

    [Fact]
    public void A_million_shards_cost_little_memory_even_when_thousands_of_nodes_finish_out_of_order()
    {
        const int Shards = 1_000_000, Nodes = 2_000;
        long before = GC.GetTotalMemory(forceFullCollection: true);
        var ledger = new ShardLedger(Shards, [], new LedgerOptions(), "t");
        var held = new List<ShardLease>();
        var now = DateTimeOffset.UnixEpoch;
        int most = 0;
        for (int i = 0; !ledger.IsComplete; i++)
        {
            // Any of the leases may be the next to finish.
            if (ledger.Take($"n{i % Nodes}/0", 1, now) is { } lease) held.Add(lease);
            if (held.Count >= Nodes || ledger.Pending == 0)
            {
                int which = (int)((uint)i * 2654435761u % (uint)held.Count);
                var done = held[which];
                held[which] = held[^1];
                held.RemoveAt(held.Count - 1);
                ledger.Complete(done.Shard, done.Id, now);
            }

            most = Math.Max(most, ledger.CommittedRuns);
            Assert.InRange(ledger.Entries, 0, 10 * Nodes);
            if (i % 1000 == 0) now += TimeSpan.FromMilliseconds(100);
            if (i == Shards / 2)
            {
                // Says something only when no other test runs beside: a heap is the whole process's.
                long grown = GC.GetTotalMemory(forceFullCollection: true) - before;
                TestContext.Current.SendDiagnosticMessage($"ledger of {Shards} shards, {Nodes} leases, {ledger.CommittedRuns} runs: {grown / 1024} KiB");
            }
        }

        Assert.InRange(most, 100, 2 * Nodes);
        Assert.Equal(1, ledger.CommittedRuns);
        GC.KeepAlive(ledger);
    }
}
