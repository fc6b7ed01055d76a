using HandsOff.Grains.Coordination;
using HandsOff.Grains.Scheduling;

namespace HandsOff.Grains.Tests;

/// <summary>The coordinator's pure part: what it makes of reports.</summary>
public sealed class DatasetRunTests
{
    private static readonly DateTimeOffset s_start = DateTimeOffset.UnixEpoch;

    [Fact]
    public void The_short_last_shard_of_a_smaller_count_is_not_taken_for_its_successor()
    {
        // Extended from 15 to 20 while a node makes shard 1 with its 5 samples.
        var run = new DatasetRun("d", 20, 10, [0], new LedgerOptions(), "new");
        var orders = run.Exchange(Report() with { Held = [new HeldLease("old-1", 1, 2, 5)] }, DatasetPhase.Running, s_start);
        Assert.Equal(["old-1"], orders.Lost);
        run.Exchange(Report() with { Done = [new ShardDone { LeaseId = "old-1", Shard = 1, Count = 5 }] }, DatasetPhase.Running, s_start);
        Assert.False(run.Ledger.IsComplete);
        var grant = Assert.Single(run.Exchange(Report() with { Want = 1 }, DatasetPhase.Running, s_start).Grants);
        Assert.Equal((1, 10, 10), (grant.Shard, grant.First, grant.Count));
        run.Exchange(Report() with { Done = [new ShardDone { LeaseId = grant.LeaseId, Shard = 1, Count = 10 }] }, DatasetPhase.Running, s_start);
        Assert.True(run.Ledger.IsComplete);
    }

    [Fact]
    public void A_long_outage_blames_no_shard_and_holds_work_back()
    {
        var run = new DatasetRun("d", 100, 10, [], new LedgerOptions(), "t");
        var now = s_start;
        int tries = 0;
        for (; now < s_start + TimeSpan.FromHours(1); now += TimeSpan.FromSeconds(1))
        {
            foreach (var grant in run.Exchange(Report() with { Want = 2 }, DatasetPhase.Running, now).Grants)
            {
                tries++;
                run.Hear(Report() with { Failed = [new ShardFailed(grant.LeaseId, grant.Shard, FailureKind.Outage, "no answer")] }, now);
                Assert.Contains("no answer", run.Waiting);
            }
        }

        Assert.InRange(tries, 200, 500); // once in 15 s, not 7,200 times
        Assert.Empty(run.Ledger.Poison);
        Assert.Null(run.Halted);
        for (; !run.Ledger.IsComplete; now += TimeSpan.FromSeconds(1))
        {
            Assert.True(now < s_start + TimeSpan.FromHours(2), "it does not go on");
            foreach (var grant in run.Exchange(Report() with { Want = 2 }, DatasetPhase.Running, now).Grants)
                run.Hear(Report() with { Done = [new ShardDone { LeaseId = grant.LeaseId, Shard = grant.Shard, Count = grant.Count }] }, now);
        }

        Assert.Equal("", run.Waiting);
    }

    [Fact]
    public void A_shard_that_alone_meets_outages_is_not_waited_for_without_end()
    {
        var run = new DatasetRun("d", 100, 10, [], new LedgerOptions { MaxFailures = 2 }, "t");
        var now = s_start;
        for (int i = 0; !run.Ledger.IsSettled; i++, now += TimeSpan.FromSeconds(20))
        {
            Assert.True(i < 500, "it does not end");
            foreach (var grant in run.Exchange(Report() with { Want = 1 }, DatasetPhase.Running, now).Grants)
            {
                run.Hear(
                    grant.Shard == 3
                        ? Report() with { Failed = [new ShardFailed(grant.LeaseId, 3, FailureKind.Outage, "this blob only")] }
                        : Report() with { Done = [new ShardDone { LeaseId = grant.LeaseId, Shard = grant.Shard, Count = grant.Count }] },
                    now);
            }
        }

        Assert.Equal(3, Assert.Single(run.Ledger.Poison).Shard);
    }

    [Fact]
    public void The_more_nodes_there_are_the_more_seldom_each_need_call()
    {
        var run = new DatasetRun("d", 1_000_000, 10, [], new LedgerOptions(), "t");
        NodeOrders Call(int node, int want) => run.Exchange(Report() with { Node = $"n{node}/0", Want = want }, DatasetPhase.Running, s_start);
        Assert.Equal(TimeSpan.FromMilliseconds(1), Call(0, 1).ReportEvery);
        for (int i = 1; i < 4000; i++) Call(i, 1);
        Assert.Equal(TimeSpan.FromSeconds(4), Call(0, 0).ReportEvery);
        Assert.Equal(TimeSpan.FromSeconds(4), Call(0, 0).AskAgainIn);
        for (int i = 4000; i < 20_000; i++) Call(i, 1);
        Assert.Equal(TimeSpan.FromSeconds(10), Call(0, 0).ReportEvery); // a third of the lease, or nodes would lose theirs
    }

    private static NodeReport Report() => new() { Node = "a/0", Epoch = 1 };
}
