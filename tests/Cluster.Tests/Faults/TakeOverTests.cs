using HandsOff.Cluster.Tests.Support;
using HandsOff.Tests.Servers;

namespace HandsOff.Cluster.Tests.Faults;

/// <summary>
/// How soon the others have taken over what a dead silo held, with failure detection as it is set by default. Leases last ten minutes and no
/// shard is worth a backup: the death must be declared by the cluster and told by <c>SiloDeaths</c>. There is one other way: where Orleans' directory kept the
/// coordinator's place on the dead silo, the coordinator is made anew. A round in which that happened must be as quick, but is followed by another.
/// </summary>
public sealed class TakeOverTests(Oracle oracle)
{
    private const int ShardSize = 25, Shards = 16, Samples = Shards * ShardSize, MostRounds = 6;

    private static readonly TimeSpan s_sampleTime = TimeSpan.FromMilliseconds(40);

    private static readonly bool s_nightly = Environment.GetEnvironmentVariable("HANDSOFF_NIGHTLY") == "1";

    [Fact]
    public Task What_a_killed_silo_held_is_made_by_the_others_soon() => RunAsync(
        "kill -9 of a silo that held shards", TimeSpan.FromSeconds(s_nightly ? 15 : 30), b => b.KillAsync(), _ => Task.CompletedTask);

    [Fact]
    public Task What_a_frozen_silo_held_is_made_by_the_others_soon_and_it_ends_itself_when_it_wakes() => RunAsync(
        "SIGSTOP of a silo that held shards",
        TimeSpan.FromSeconds(s_nightly ? 30 : 60),
        b =>
        {
            b.Freeze();
            return Task.CompletedTask;
        },
        async b =>
        {
            b.Thaw();
            Assert.Equal(1, await b.EndAsync(TimeSpan.FromMinutes(1)));
            Assert.True(b.Lines.Any(l => l.StartsWith("handsoff: silo 'b' ends: ", StringComparison.Ordinal) && l.Contains("dead", StringComparison.Ordinal) && l.EndsWith("start it again", StringComparison.Ordinal)), b.LogEnd);
        });

    private async Task RunAsync(string what, TimeSpan limit, Func<SiloProcess, Task> harm, Func<SiloProcess, Task> after)
    {
        await using var h = await Harness.StartAsync(oracle, azure: false);
        h.Settings["HANDSOFF__Ledger__LeaseTime"] = "00:10:00";
        h.Settings["HANDSOFF__Ledger__BackupFactor"] = "1000";
        await h.SilosAsync(s_sampleTime, "a", "c");
        for (int round = 1; round <= MostRounds; round++)
        {
            string set = $"set{round}";
            var b = await HoldsTwoAsync(h, set);
            var fault = TimeProvider.System.GetUtcNow();
            await harm(b);
            bool told = await TakenOverAsync(h, set, fault, what, limit);
            await after(b);
            await h.RequireSameAsync(set, Samples, ShardSize);
            if (told) return;
        }

        Assert.Fail($"in all of {MostRounds} rounds the coordinator was made anew: none shows that a death is told");
    }

    /// <summary>All shards are committed but the two that b, the silo returned, works on. The coordinator is not on it.</summary>
    private static async Task<SiloProcess> HoldsTwoAsync(Harness h, string set)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromMinutes(2));
        var client = await h.ClientAsync();
        await h.SubmitAsync(set, Samples, ShardSize);
        await client.PauseAsync(set, patience.Token);
        var b = await h.SiloAsync("b", 20 * s_sampleTime); // it has long enough in hand what it takes
        while ((await client.NodesAsync(patience.Token)).Count < 3) await Task.Delay(100, patience.Token);
        await client.ResumeAsync(set, patience.Token);
        var status = await h.StatusAsync(set);
        while (status.ShardsCommitted < Shards - 2)
        {
            await Task.Delay(50, patience.Token);
            status = await h.StatusAsync(set);
        }

        Assert.True(status is { ShardsLeased: 2, ShardsPending: 0 }, $"b has not taken its two shards: {status.ShardsCommitted} committed, {status.ShardsLeased} in hand\n{h.Logs()}");
        return b;
    }

    /// <summary>Waits for the end; false when the coordinator was made anew, so that nobody had to tell it of the death.</summary>
    private static async Task<bool> TakenOverAsync(Harness h, string set, DateTimeOffset fault, string what, TimeSpan limit)
    {
        try
        {
            await h.CommittedAsync(set, Shards).WaitAsync(limit + TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"{what}: {(await h.StatusAsync(set)).ShardsCommitted} of {Shards} shards {limit.TotalSeconds + 10:F0} s after it\n{h.Logs()}");
        }

        var status = await h.CompleteAsync(set);
        bool anew = status.ShardsFound > 0;
        var times = RunTimes.Of(await h.CopyAsync(set));
        string told = $"{status.LeasesLost} leases lost, {status.LeasesExpired} expired, {status.Backups} backups, {status.ShardsFound} shards found, after {what}:\n{times.Since(fault)}\n{h.Logs()}";
        Assert.True(status is { LeasesExpired: 0, Backups: 0 } && status.LeasesLost == (anew ? 0 : 2), told);
        Assert.DoesNotContain("b", times.BySilo.Keys);
        var (begun, committed) = (times.Last - fault, times.LastCommit - fault);
        FaultRecord.Line($"{what}, membership as set by default, leases of ten minutes: its 2 shards begun by others after {begun.TotalSeconds:F1} s, committed after {committed.TotalSeconds:F1} s{(anew ? " (the coordinator was made anew)" : "")}");
        Assert.True(begun > TimeSpan.Zero && committed <= limit, told);
        return !anew;
    }
}
