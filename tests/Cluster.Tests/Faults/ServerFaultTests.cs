using System.Diagnostics;
using HandsOff.Cluster.Tests.Proxy;
using HandsOff.Cluster.Tests.Support;
using HandsOff.Core.Datasets;
using HandsOff.Core.Storage;
using HandsOff.Grains.Coordination;
using HandsOff.Tests.Servers;

namespace HandsOff.Cluster.Tests.Faults;

/// <summary>The servers that a cluster leans on fail under it.</summary>
public sealed class ServerFaultTests(Oracle oracle)
{
    private const int Samples = 1600, ShardSize = 10;

    private static readonly TimeSpan s_sampleTime = TimeSpan.FromMilliseconds(20), s_away = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Without_redis_for_twenty_seconds_the_work_goes_on()
    {
        const int Many = 3000;
        await using var h = await Harness.StartAsync(oracle, azure: false);
        await h.SilosAsync(s_sampleTime, "a", "b");
        await using var reader = new ManifestReader(h.UriOf("set"), Many);
        await h.SubmitAsync("set", Many, ShardSize);
        int before = (await h.CommittedAsync("set", 20)).ShardsCommitted;
        await h.Redis.StopAsync();
        await Task.Delay(s_away, TestContext.Current.CancellationToken);
        int after = (await h.StatusAsync("set")).ShardsCommitted;
        await h.Redis.StartAgainAsync();
        var status = await h.CompleteAsync("set");
        Assert.InRange(after, before + 1, Many / ShardSize);
        await h.RequireSameAsync("set", Many, ShardSize);
        await reader.RequireCompleteAsync();
        FaultRecord.Line($"Redis stopped for {s_away.TotalSeconds:F0} s: {after - before} shards committed meanwhile, {status.LeasesExpired} leases ended");
    }

    [Fact]
    public async Task A_store_that_is_frozen_for_twenty_seconds_is_waited_for()
    {
        await using var h = await Harness.StartAsync(oracle, azure: true);
        await h.SilosAsync(s_sampleTime, "a", "b");
        await using var reader = new ManifestReader(h.UriOf("set"), Samples);
        await h.SubmitAsync("set", Samples, ShardSize);
        await h.CommittedAsync("set", 20);
        var fault = TimeProvider.System.GetUtcNow();
        h.Azurite!.Freeze();
        await Task.Delay(s_away, TestContext.Current.CancellationToken);
        h.Azurite.Thaw();
        var status = await h.CompleteAsync("set");
        await h.RequireSameAsync("set", Samples, ShardSize);
        await reader.RequireCompleteAsync();
        var times = RunTimes.Of(await h.CopyAsync("set"));
        FaultRecord.Line($"Azurite frozen for {s_away.TotalSeconds:F0} s: recovered {Math.Max(0, ((times.Recovery(fault) ?? s_away) - s_away).TotalSeconds):F0} s after it was back, {status.LeasesExpired} leases ended, {status.Duplicates} equal duplicates");
    }

    [Fact]
    public async Task A_cancel_is_answered_while_the_store_is_frozen()
    {
        double limit = Environment.GetEnvironmentVariable("HANDSOFF_NIGHTLY") == "1" ? 2 : 10;
        await using var h = await Harness.StartAsync(oracle, azure: true);
        await h.SiloAsync("a", s_sampleTime);
        await h.SubmitAsync("set", 1_000_000, ShardSize);
        await h.CommittedAsync("set", 2);
        var client = await h.ClientAsync();
        h.Azurite!.Freeze();
        await Task.Delay(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
        long start = Stopwatch.GetTimestamp();
        var answer = await client.CancelAsync("set", TestContext.Current.CancellationToken);
        double took = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Assert.Equal(DatasetPhase.Cancelled, answer.Phase);
        Assert.NotEmpty(answer.Message); // the mark is still to be written
        h.Azurite.Thaw();
        FaultRecord.Line($"cancel while Azurite is frozen: answered after {took:F1} s");
        Assert.InRange(took, 0, limit);

        var store = await BlobStores.OpenAsync(h.UriOf("set"), create: false, TestContext.Current.CancellationToken);
        while (await store.StatAsync(DatasetBlobs.Cancelled, TestContext.Current.CancellationToken) is null)
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromMinutes(2), $"the mark is not written: {(await h.StatusAsync("set")).Message}\n{h.Logs()}");
            await Task.Delay(200, TestContext.Current.CancellationToken);
        }

        Assert.Null(await store.StatAsync(DatasetBlobs.Manifest, TestContext.Current.CancellationToken));
        Assert.Equal(DatasetPhase.Cancelled, (await h.StatusAsync("set")).Phase);
    }

    [Fact]
    public async Task What_a_killed_store_forgets_is_found_and_made_again()
    {
        await using var h = await Harness.StartAsync(oracle, azure: true);
        await h.SilosAsync(s_sampleTime, "a", "b");
        await using var reader = new ManifestReader(h.UriOf("set"), Samples);
        await h.SubmitAsync("set", Samples, ShardSize);
        int before = (await h.CommittedAsync("set", 60)).ShardsCommitted;
        await h.Azurite!.KillAsync();
        await h.Azurite.StartAgainAsync();
        int there = await h.ReceiptsAsync("set");
        var status = await h.CompleteAsync("set");
        await h.RequireSameAsync("set", Samples, ShardSize);
        await reader.RequireCompleteAsync();
        FaultRecord.Line($"Azurite killed and started again: {before} shards were committed, it remembered {there}; all made again, {status.Duplicates} equal duplicates");
    }

    [Fact]
    public async Task Silos_whose_connections_to_the_store_fail_in_every_way_make_the_same_dataset()
    {
        const int Few = 500;
        await using var h = await Harness.StartAsync(oracle, azure: true);
        await using var proxy = new FaultProxy(h.Azurite!.Port, new FaultPlan(seed: 21, share: 0.15));
        string through = AzuriteServer.ConnectionStringAt(proxy.Port);
        h.Settings["HANDSOFF__Node__Slots"] = "8";
        await Task.WhenAll(h.SiloAsync("a", s_sampleTime, through), h.SiloAsync("b", s_sampleTime, through));
        await using var reader = new ManifestReader(h.UriOf("set"), Few);
        await h.SubmitAsync("set", Few, ShardSize);
        var status = await h.CompleteAsync("set");
        await h.RequireSameAsync("set", Few, ShardSize);
        await reader.RequireCompleteAsync();
        Assert.InRange(proxy.Commits, 200, int.MaxValue);
        FaultRecord.Line($"fault proxy, {proxy.Summary}; {status.Duplicates} equal duplicates, {status.LeasesExpired} leases ended");
    }
}
