using HandsOff.Cluster.Tests.Support;
using HandsOff.Tests.Servers;

namespace HandsOff.Cluster.Tests.Faults;

/// <summary>
/// How soon the others have taken over what a dead silo held, with failure detection as it is set by default. Leases last ten minutes and no
/// shard is worth a backup: nothing but the death that the cluster declares and <c>SiloDeaths</c> tells can free them.
/// </summary>
public sealed class TakeOverTests(Oracle oracle)
{
    private const int Samples = 600, ShardSize = 50, Shards = Samples / ShardSize;

    private static readonly TimeSpan s_sampleTime = TimeSpan.FromMilliseconds(40);

    private static readonly bool s_nightly = Environment.GetEnvironmentVariable("HANDSOFF_NIGHTLY") == "1";

    [Fact]
    public async Task What_a_killed_silo_held_is_made_by_the_others_soon()
    {
        await using var h = await Harness.StartAsync(oracle, azure: false);
        var b = await AllInHandAsync(h);
        var fault = TimeProvider.System.GetUtcNow();
        await b.KillAsync();
        await TakenOverAsync(h, fault, "kill -9 of a silo that held shards", TimeSpan.FromSeconds(s_nightly ? 15 : 30));
        await h.RequireSameAsync("set", Samples, ShardSize);
    }

    [Fact]
    public async Task What_a_frozen_silo_held_is_made_by_the_others_soon_and_it_ends_itself_when_it_wakes()
    {
        await using var h = await Harness.StartAsync(oracle, azure: false);
        var b = await AllInHandAsync(h);
        var fault = TimeProvider.System.GetUtcNow();
        b.Freeze();
        await TakenOverAsync(h, fault, "SIGSTOP of a silo that held shards", TimeSpan.FromSeconds(s_nightly ? 30 : 60));
        b.Thaw();
        Assert.Equal(1, await b.EndAsync(TimeSpan.FromMinutes(1)));
        Assert.Contains(b.Lines, l => l.StartsWith("handsoff: silo 'b' ends: ", StringComparison.Ordinal) && l.Contains("dead", StringComparison.Ordinal) && l.EndsWith("start it again", StringComparison.Ordinal));
        await h.RequireSameAsync("set", Samples, ShardSize);
    }

    /// <summary>Three silos; all shards are committed but the two that b, the silo returned, works on. The coordinator is not on it.</summary>
    private static async Task<SiloProcess> AllInHandAsync(Harness h)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromMinutes(2));
        h.Settings["HANDSOFF__Ledger__LeaseTime"] = "00:10:00";
        h.Settings["HANDSOFF__Ledger__BackupFactor"] = "1000";
        await h.SiloAsync("a", s_sampleTime);
        await h.SubmitAsync("set", Samples, ShardSize); // coordinated on a, the only silo
        var client = await h.ClientAsync();
        await client.PauseAsync("set", patience.Token);
        var b = (await Task.WhenAll(h.SiloAsync("b", 10 * s_sampleTime), h.SiloAsync("c", s_sampleTime)))[0]; // b has long enough in hand what it takes
        while ((await client.NodesAsync(patience.Token)).Count < 3) await Task.Delay(100, patience.Token);
        await client.ResumeAsync("set", patience.Token);
        var status = await h.StatusAsync("set");
        while (status.ShardsCommitted < Shards - 2)
        {
            await Task.Delay(50, patience.Token);
            status = await h.StatusAsync("set");
        }

        Assert.True(status is { ShardsLeased: 2, ShardsPending: 0 }, $"b has not taken its two shards: {status.ShardsCommitted} committed, {status.ShardsLeased} in hand\n{h.Logs()}");
        return b;
    }

    private static async Task TakenOverAsync(Harness h, DateTimeOffset fault, string harm, TimeSpan limit)
    {
        try
        {
            await h.CommittedAsync("set", Shards).WaitAsync(limit + TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"{harm}: {(await h.StatusAsync("set")).ShardsCommitted} of {Shards} shards {limit.TotalSeconds + 20:F0} s after it\n{h.Logs()}");
        }

        var status = await h.CompleteAsync("set");
        var times = RunTimes.Of(await h.CopyAsync("set"));
        Assert.True(status is { LeasesLost: 2, LeasesExpired: 0, Backups: 0 }, $"{status.LeasesLost} leases lost (b's two would be right), {status.LeasesExpired} expired, {status.Backups} backups; after {harm}:\n{times.Since(fault)}\n{h.Logs()}");
        var (begun, committed) = (times.Last - fault, times.LastCommit - fault);
        FaultRecord.Line($"{harm}, membership as set by default, leases of ten minutes: {status.LeasesLost} shards begun by others after {begun.TotalSeconds:F1} s, committed after {committed.TotalSeconds:F1} s");
        Assert.InRange(begun, TimeSpan.Zero, limit);
        Assert.InRange(committed, begun, limit);
        Assert.DoesNotContain("b", times.BySilo.Keys);
    }
}
