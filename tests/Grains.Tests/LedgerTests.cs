using HandsOff.Grains.Scheduling;

namespace HandsOff.Grains.Tests;

/// <summary>The ledger's rules, one by one.</summary>
public sealed class LedgerTests
{
    private static readonly DateTimeOffset s_start = DateTimeOffset.UnixEpoch;

    [Fact]
    public void A_lease_that_nobody_renews_goes_to_the_next_node()
    {
        var ledger = Ledger(1);
        Assert.NotNull(ledger.Take("a/0", 1, s_start));
        Assert.Null(ledger.Take("b/0", 1, After(29)));
        Assert.Equal(0, ledger.Take("b/0", 1, After(30))!.Shard);
        Assert.Equal(1, ledger.Expired);
    }

    [Fact]
    public void A_renewed_lease_stays_and_its_holder_learns_when_the_shard_is_taken()
    {
        var ledger = Ledger(1);
        var lease = ledger.Take("a/0", 1, s_start)!;
        Assert.Equal(RenewResult.Renewed, ledger.Renew(lease.Id, 0, "a/0", 1, 0.5, After(20)));
        Assert.Null(ledger.Take("b/0", 1, After(40)));
        ledger.Complete(0, null, After(41));
        Assert.Equal(RenewResult.Lost, ledger.Renew(lease.Id, 0, "a/0", 1, 0.9, After(42)));
    }

    [Fact]
    public void A_new_life_of_a_node_ends_the_leases_of_the_former_one()
    {
        var ledger = Ledger(2);
        var old = ledger.Take("a/0", 1, s_start)!;
        var fresh = ledger.Take("a/0", 2, After(1))!;
        Assert.Equal(old.Shard, fresh.Shard);
        Assert.Null(ledger.Take("a/0", 1, After(2)));
        Assert.Equal(RenewResult.Lost, ledger.Renew(old.Id, 0, "a/0", 1, 0, After(2)));
        ledger.Forget("a/0", After(3));
        Assert.Equal((2, 0), (ledger.Lost, ledger.Expired));
    }

    [Fact]
    public void A_failed_shard_waits_longer_each_time_and_is_set_aside_when_its_budget_is_spent()
    {
        var ledger = new ShardLedger(2, [1], new LedgerOptions { MaxFailures = 3 }, "t");
        var now = s_start;
        for (int i = 0; i < 3; i++)
        {
            var lease = ledger.Take("a/0", 1, now);
            Assert.NotNull(lease);
            Assert.Null(lease.Probe);
            ledger.Fail(lease.Id, FailureKind.Transient, $"error {i}", now);
            if (i < 2) Assert.Null(ledger.Take("a/0", 1, now + TimeSpan.FromSeconds(0.9 * Math.Pow(2, i))));
            now += TimeSpan.FromSeconds(Math.Pow(2, i));
        }

        // Its one sample is tried by itself, twice.
        for (int i = 0; i < 2; i++)
        {
            var probe = ledger.Take("a/0", 1, now)!;
            Assert.Equal(new SampleRange(0, 1), probe.Probe);
            ledger.Fail(probe.Id, FailureKind.Transient, "error 2", now);
        }

        Assert.Null(ledger.Take("a/0", 1, now + TimeSpan.FromDays(1)));
        Assert.True(ledger.IsSettled);
        Assert.False(ledger.IsComplete);
        Assert.Equal(new PoisonSample(0, "error 2"), Assert.Single(Assert.Single(ledger.Poison).Samples));
        ledger.Forgive(now);
        Assert.Equal(0, ledger.Take("a/0", 1, now)!.Shard);
    }

    [Fact]
    public void An_idle_node_backs_up_the_straggler_at_the_tail_only()
    {
        var ledger = Ledger(40);
        var slow = ledger.Take("slow/0", 1, s_start)!;
        var now = s_start;
        for (int i = 1; i < 40; i++)
        {
            var lease = ledger.Take("fast/0", 1, now)!;
            Assert.False(lease.Backup);
            now += TimeSpan.FromSeconds(1);
            ledger.Renew(slow.Id, slow.Shard, "slow/0", 1, 0.001 * i, now);
            ledger.Complete(lease.Shard, lease.Id, now);
        }

        var backup = ledger.Take("fast/0", 1, now)!;
        Assert.True(backup.Backup);
        Assert.Equal(slow.Shard, backup.Shard);
        Assert.Null(ledger.Take("other/0", 1, now));
        Assert.True(ledger.Complete(backup.Shard, backup.Id, now));
        Assert.False(ledger.Complete(slow.Shard, slow.Id, now));
        Assert.True(ledger.IsComplete);
    }

    [Fact]
    public void Of_many_stragglers_a_twentieth_is_backed_up_and_no_more()
    {
        var ledger = Ledger(100);
        var first = ledger.Take("fast/0", 1, s_start)!;
        for (int i = 1; i < 100; i++) ledger.Take($"slow{i}/0", 1, s_start);
        ledger.Complete(first.Shard, first.Id, After(1));
        int backups = 0;
        for (int second = 2; second < 28; second++)
        {
            if (ledger.Take("fast/0", 1, After(second)) is not { } backup) continue;
            Assert.True(backup.Backup);
            backups++;
        }

        Assert.Equal(5, backups);
        Assert.Equal(5, ledger.BackupBound);
    }

    [Fact]
    public void A_holder_that_is_nearly_done_is_not_backed_up()
    {
        var ledger = Ledger(2);
        var first = ledger.Take("a/0", 1, s_start)!;
        var second = ledger.Take("b/0", 1, s_start)!;
        ledger.Complete(second.Shard, second.Id, After(10));
        ledger.Renew(first.Id, first.Shard, "a/0", 1, 0.9, After(10));
        Assert.Null(ledger.Take("b/0", 1, After(10)));
    }

    [Fact]
    public void A_new_coordinator_adopts_the_leases_that_nodes_still_work_on()
    {
        var before = Ledger(3);
        var lease = before.Take("a/0", 1, s_start)!;
        var after = new ShardLedger(3, [2], new LedgerOptions(), "u");
        Assert.Equal(RenewResult.Adopted, after.Renew(lease.Id, lease.Shard, "a/0", 1, 0.5, After(5)));
        Assert.Equal(1, after.Take("b/0", 1, After(5))!.Shard);
        Assert.Null(after.Take("b/0", 1, After(6)));
        Assert.True(after.Complete(lease.Shard, lease.Id, After(7)));
    }

    [Fact]
    public void A_shard_that_keeps_failing_is_searched_for_the_sample_at_fault_by_parts()
    {
        var ledger = new ShardLedger(2, [1], new LedgerOptions { MaxFailures = 2 }, "t", shard => new SampleRange(100 * shard, 100));
        var now = s_start;
        int probes = 0;
        for (int i = 0; !ledger.IsSettled; i++)
        {
            Assert.True(i < 60, "it does not end");
            if (ledger.Take($"n{i % 3}/0", 1, now) is { } lease)
            {
                var part = lease.Probe ?? new SampleRange(0, 100);
                if (lease.Probe is not null) probes++;
                if (i == 9) ledger.Release(lease.Id, now); // drained in the middle of the search
                else if (i == 12) now = After(3600); // its node fell silent
                else if (part.First <= 42 && 42 < part.First + part.Count) ledger.Fail(lease.Id, FailureKind.Transient, "NaN", now);
                else ledger.ProbeClean(lease.Id, now);
            }

            now += TimeSpan.FromSeconds(2);
        }

        var poison = Assert.Single(ledger.Poison);
        Assert.Equal([new PoisonSample(42, "NaN")], poison.Samples);
        Assert.InRange(probes, 8, 20);
        Assert.Empty(ledger.Leases);
    }

    [Fact]
    public void A_shard_that_fails_only_as_a_whole_is_set_aside_and_says_so()
    {
        var ledger = new ShardLedger(1, [], new LedgerOptions { MaxFailures = 2 }, "t", _ => new SampleRange(0, 4));
        var now = s_start;
        for (int i = 0; !ledger.IsSettled; i++)
        {
            Assert.True(i < 60, "it does not end");
            if (ledger.Take("a/0", 1, now) is { Probe: null } whole) ledger.Fail(whole.Id, FailureKind.Transient, "too large", now);
            else if (ledger.Leases.FirstOrDefault() is { } part) ledger.ProbeClean(part.Id, now);
            now += TimeSpan.FromSeconds(5);
        }

        Assert.Equal("too large (as a whole: each of its samples can be made by itself)", ledger.Poison[0].Error);
        Assert.Empty(ledger.Poison[0].Samples);
    }

    [Fact]
    public void A_node_that_falls_with_every_shard_gets_nothing_for_a_while_if_others_do_well()
    {
        var ledger = Ledger(100);
        var now = s_start;
        int taken = 0;
        for (int i = 0; i < 30; i++)
        {
            now += TimeSpan.FromSeconds(10);
            if (ledger.Take("good/0", 1, now) is { } mine) ledger.Complete(mine.Shard, mine.Id, now);
            if (ledger.Take("flapping/0", 1 + i, now) is not null) taken++;
        }

        Assert.InRange(taken, 4, 12);
        Assert.Equal(["flapping/0"], ledger.Quarantined(now));
        Assert.Empty(ledger.Quarantined(now + TimeSpan.FromMinutes(10)));

        // Alone it is let go on: somebody must.
        var alone = Ledger(100);
        for (int i = 0; i < 30; i++) Assert.NotNull(alone.Take("flapping/0", 1 + i, s_start + TimeSpan.FromSeconds(10 * i)));
    }

    [Fact]
    public void A_node_that_fails_whatever_it_is_given_is_kept_from_spending_the_shards_budgets()
    {
        var ledger = Ledger(60);
        var now = s_start;
        for (int i = 0; !ledger.IsSettled; i++)
        {
            Assert.True(i < 1000, "it does not end");
            now += TimeSpan.FromSeconds(1);
            if (ledger.Take("good/0", 1, now) is { } mine) ledger.Complete(mine.Shard, mine.Id, now);
            if (ledger.Take("bad/0", 1, now) is { } theirs) ledger.Fail(theirs.Id, FailureKind.Transient, "no memory", now);
        }

        Assert.Empty(ledger.Poison);
        Assert.True(ledger.IsComplete);
    }

    [Fact]
    public void A_device_that_hangs_loses_its_shard_though_its_node_goes_on_reporting()
    {
        var ledger = Ledger(3);
        foreach (string node in (string[])["hangs/0", "slow/0"])
        {
            var first = ledger.Take(node, 1, s_start)!;
            ledger.Complete(first.Shard, first.Id, After(10));
            if (node == "slow/0") break;
            ledger.Reopen(first.Shard, After(10));
        }

        var (hung, slow) = (ledger.Take("hangs/0", 1, After(10))!, ledger.Take("slow/0", 1, After(10))!);
        for (int second = 20; second <= 310; second += 10)
        {
            Assert.Equal(RenewResult.Renewed, ledger.Renew(hung.Id, hung.Shard, "hangs/0", 1, 0, After(second)));
            Assert.Equal(RenewResult.Renewed, ledger.Renew(slow.Id, slow.Shard, "slow/0", 1, second / 1000.0, After(second)));
        }

        Assert.Equal(RenewResult.Lost, ledger.Renew(hung.Id, hung.Shard, "hangs/0", 1, 0, After(320)));
        Assert.Equal(RenewResult.Renewed, ledger.Renew(slow.Id, slow.Shard, "slow/0", 1, 0.32, After(320)));
        Assert.Equal(hung.Shard, ledger.Take("slow/0", 1, After(320))!.Shard);
    }

    private static ShardLedger Ledger(int shards) => new(shards, [], new LedgerOptions(), "t");

    private static DateTimeOffset After(double seconds) => s_start + TimeSpan.FromSeconds(seconds);
}
