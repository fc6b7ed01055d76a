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

    [Fact]
    public void What_a_node_has_of_another_request_under_the_same_name_is_none_of_this_dataset()
    {
        var run = new DatasetRun("d", 30, 10, [], new LedgerOptions(), "new", "seed 2");
        string before = RequestText.Of("seed 1").Sha256, now = RequestText.Of("seed 2").Sha256;
        var orders = run.Exchange(
            Report() with { Request = before, Want = 1, Held = [new HeldLease("old-1", 1, 2, 10)], Done = [new ShardDone { LeaseId = "old-0", Shard = 0, Count = 10 }] }, DatasetPhase.Running, s_start);
        Assert.Equal(["old-1"], orders.Lost);
        Assert.Equal((0, 0, "seed 2"), (run.Ledger.Committed, Assert.Single(orders.Grants).Shard, orders.Request));
        Assert.Equal("", run.Exchange(Report() with { Node = "b/0", Request = now, Want = 1 }, DatasetPhase.Running, s_start).Request);
    }

    [Fact]
    public void Shards_given_in_an_answer_that_never_came_are_given_again_at_the_nodes_next_report()
    {
        var run = new DatasetRun("d", 100, 10, [], new LedgerOptions(), "t");
        Assert.Equal(2, run.Exchange(Report() with { Sequence = 1, Want = 2 }, DatasetPhase.Running, s_start).Grants.Length);
        var again = run.Exchange(Report() with { Sequence = 2, Want = 2 }, DatasetPhase.Running, s_start).Grants;
        Assert.Equal([0, 1], again.Select(g => g.Shard));
        Assert.Equal(2, run.Ledger.Leased);

        // A report that was overtaken by the one that was answered says nothing of that answer.
        var held = again.Select(g => new HeldLease(g.LeaseId, g.Shard, 1, 10)).ToArray();
        run.Exchange(Report() with { Sequence = 1 }, DatasetPhase.Running, s_start);
        Assert.Equal(2, run.Ledger.Leased);
        run.Exchange(Report() with { Sequence = 3, Held = [held[0]], Done = [new ShardDone { LeaseId = held[1].LeaseId, Shard = 1, Count = 10 }] }, DatasetPhase.Running, s_start);
        Assert.Equal((1, 1), (run.Ledger.Leased, run.Ledger.Committed));
    }

    [Fact]
    public void A_node_whose_own_machine_is_broken_is_set_aside_and_the_dataset_goes_on()
    {
        var run = new DatasetRun("d", 1000, 10, [], new LedgerOptions(), "t");
        var now = s_start;
        int tries = 0;
        for (; !run.Ledger.IsComplete; now += TimeSpan.FromSeconds(1))
        {
            Assert.True(now < s_start + TimeSpan.FromHours(1), "it does not end");
            foreach (string node in (string[])["good/0", "good/1", "bad/0", "bad/1"])
            {
                foreach (var grant in run.Exchange(Report() with { Node = node, Want = 1 }, DatasetPhase.Running, now).Grants)
                {
                    bool bad = node.StartsWith("bad", StringComparison.Ordinal);
                    if (bad) tries++;
                    run.Hear(bad ? Full(node, grant) : Report() with { Node = node, Done = [Done(grant)] }, now);
                    Assert.Null(run.Halted);
                }
            }
        }

        Assert.InRange(tries, 2, 10);
        Assert.Equal(["bad/0", "bad/1"], run.Status(DatasetPhase.Running, now).Quarantined);
        Assert.Empty(run.Ledger.Poison);
    }

    [Fact]
    public void A_dataset_that_no_node_can_make_is_halted()
    {
        // One that is alone, or whose fellows share its machine.
        var alone = new DatasetRun("d", 1000, 10, [], new LedgerOptions(), "t");
        Give(alone, "a/0", s_start, g => Report() with { Node = "a/0", Done = [Done(g)] });
        Give(alone, "a/1", s_start, g => Full("a/1", g));
        Assert.Equal("the disk is full", alone.Halted);

        // Of three that did well, each one says so.
        var all = new DatasetRun("d", 1000, 10, [], new LedgerOptions(), "t");
        string[] nodes = ["a/0", "b/0", "c/0"];
        foreach (string node in nodes) Give(all, node, s_start, g => Report() with { Node = node, Done = [Done(g)] });
        foreach (string node in nodes)
        {
            Assert.Null(all.Halted);
            Give(all, node, s_start, g => Full(node, g));
        }

        Assert.Equal("the disk is full", all.Halted);

        // The one that did well has long left.
        var left = new DatasetRun("d", 1000, 10, [], new LedgerOptions(), "t");
        Give(left, "a/0", s_start, g => Report() with { Node = "a/0", Done = [Done(g)] });
        Give(left, "b/0", s_start + TimeSpan.FromMinutes(2), g => Full("b/0", g));
        Assert.Equal("the disk is full", left.Halted);
    }

    [Fact]
    public void A_new_coordinator_gives_nothing_before_the_nodes_could_say_what_they_hold()
    {
        var run = new DatasetRun("d", 30, 10, [], new LedgerOptions(), "new") { AdoptsUntil = s_start + TimeSpan.FromSeconds(3) };
        var early = run.Exchange(Report() with { Node = "idle/0", Want = 1 }, DatasetPhase.Running, s_start + TimeSpan.FromSeconds(2.5));
        Assert.Empty(early.Grants);
        Assert.Equal(TimeSpan.FromSeconds(0.5), early.AskAgainIn);
        Assert.Empty(run.Exchange(Report() with { Held = [new HeldLease("old-0", 0, 3, 10)] }, DatasetPhase.Running, s_start + TimeSpan.FromSeconds(2.9)).Lost);
        Assert.Equal(1, Assert.Single(run.Exchange(Report() with { Node = "idle/0", Want = 1 }, DatasetPhase.Running, s_start + TimeSpan.FromSeconds(3)).Grants).Shard);
    }

    [Fact]
    public void A_shard_that_is_due_but_not_for_this_node_is_no_reason_to_ask_all_the_time()
    {
        var run = new DatasetRun("d", 100, 10, [], new LedgerOptions(), "t");
        Give(run, "good/0", s_start, g => Report() with { Node = "good/0", Done = [Done(g)] });
        Give(run, "bad/0", s_start, g => Full("bad/0", g)); // its shard is due at once
        var orders = run.Exchange(Report() with { Node = "bad/0", Want = 1 }, DatasetPhase.Running, s_start + TimeSpan.FromSeconds(5));
        Assert.Equal((0, TimeSpan.FromSeconds(1)), (orders.Grants.Length, orders.AskAgainIn));
    }

    private static void Give(DatasetRun run, string node, DateTimeOffset now, Func<ShardGrant, NodeReport> outcome) =>
        run.Hear(outcome(Assert.Single(run.Exchange(Report() with { Node = node, Want = 1 }, DatasetPhase.Running, now).Grants)), now);

    private static ShardDone Done(ShardGrant grant) => new() { LeaseId = grant.LeaseId, Shard = grant.Shard, Count = grant.Count };

    private static NodeReport Full(string node, ShardGrant grant) =>
        Report() with { Node = node, Failed = [new ShardFailed(grant.LeaseId, grant.Shard, FailureKind.Dataset, "the disk is full")] };

    private static NodeReport Report() => new() { Node = "a/0", Epoch = 1 };
}
