using HandsOff.Cluster.Tests.Support;

namespace HandsOff.Cluster.Tests.Faults;

/// <summary>Silos that come and go by plan, and how datasets and nodes share the work.</summary>
public sealed class ElasticTests(Oracle oracle)
{
    private const int Samples = 1200, ShardSize = 10;

    private static readonly TimeSpan s_sampleTime = TimeSpan.FromMilliseconds(20);

    [Fact]
    public async Task A_silo_that_is_told_to_end_finishes_what_it_has_and_loses_no_shard()
    {
        await using var h = await Harness.StartAsync(oracle, azure: false);
        await h.SiloAsync("a", s_sampleTime);
        await using var reader = new ManifestReader(h.UriOf("set"), Samples);
        await h.SubmitAsync("set", Samples, ShardSize);
        var b = await h.SiloAsync("b", s_sampleTime);
        await h.WorksAsync("b", 3);
        Assert.Equal(0, await b.StopAsync());
        var status = await h.CompleteAsync("set");
        Assert.Equal(0, status.LeasesExpired);
        Assert.Equal(0, status.Duplicates);
        await h.RequireSameAsync("set", Samples, ShardSize);
        await reader.RequireCompleteAsync();
    }

    [Fact]
    public async Task One_silo_becomes_four_and_then_two_during_a_run()
    {
        const int Many = 3000;
        await using var h = await Harness.StartAsync(oracle, azure: false);
        await h.SiloAsync("a", s_sampleTime);
        await using var reader = new ManifestReader(h.UriOf("set"), Many);
        await h.SubmitAsync("set", Many, ShardSize);
        var more = await h.SilosAsync(s_sampleTime, "b", "c", "d");
        foreach (var silo in more) await h.WorksAsync(silo.Name, 2);
        Assert.Equal(0, await more[1].StopAsync());
        await more[2].KillAsync();
        var status = await h.CompleteAsync("set");
        await h.RequireSameAsync("set", Many, ShardSize);
        await reader.RequireCompleteAsync();
        var by = RunTimes.Of(await h.CopyAsync("set")).BySilo;
        Assert.Equal(["a", "b", "c", "d"], by.Keys.Order());
        FaultRecord.Line($"1 to 4 to 2 silos: {status.Shards} shards made by {string.Join(", ", by.OrderBy(s => s.Key).Select(s => $"{s.Key} {s.Value}"))}");
    }

    [Fact]
    public async Task Two_datasets_share_the_nodes_by_their_weights()
    {
        const int Each = 1600;
        await using var h = await Harness.StartAsync(oracle, azure: false);
        await h.SilosAsync(s_sampleTime, "a", "b");
        await Task.WhenAll(h.SubmitAsync("heavy", Each, ShardSize, weight: 3), h.SubmitAsync("light", Each, ShardSize, weight: 1));
        await h.CompleteAsync("heavy");
        await h.CompleteAsync("light");
        await h.RequireSameAsync("heavy", Each, ShardSize);
        await h.RequireSameAsync("light", Each, ShardSize);

        // While both wanted work: from when the second was begun until the heavy one had nothing left to begin.
        RunTimes heavy = RunTimes.Of(await h.CopyAsync("heavy")), light = RunTimes.Of(await h.CopyAsync("light"));
        var from = heavy.First > light.First ? heavy.First : light.First;
        int heavies = heavy.Begun(from, heavy.Last), lights = light.Begun(from, heavy.Last);
        double ratio = heavies / (double)lights;
        FaultRecord.Line($"weights 3:1: {heavies} and {lights} shards begun in the same time, {ratio:F2}:1");
        Assert.InRange(ratio, 2.7, 3.3);
    }

    [Fact]
    public async Task A_node_ten_times_slower_does_not_hold_the_others_up()
    {
        const double Ideal = Samples * 0.020 / (1 + 1 + 0.1);
        await using var h = await Harness.StartAsync(oracle, azure: false);
        await h.SilosAsync(s_sampleTime, "a", "b");
        await h.SiloAsync("slow", 10 * s_sampleTime);
        await h.SubmitAsync("set", Samples, ShardSize);
        var status = await h.CompleteAsync("set");
        await h.RequireSameAsync("set", Samples, ShardSize);
        var times = RunTimes.Of(await h.CopyAsync("set"));
        double over = times.Makespan.TotalSeconds / Ideal - 1;
        FaultRecord.Line($"a node ten times slower beside two: {times.Makespan.TotalSeconds:F1} s, ideal {Ideal:F1} s, {100 * over:F0} % over it; it made {times.BySilo.GetValueOrDefault("slow")} of {status.Shards} shards; {status.Backups} backups");
        // Its part by its speed is 4.8 %; what it takes beyond would be waited for. Times are asserted on a quiet machine only.
        Assert.InRange(times.BySilo.GetValueOrDefault("slow"), 0, status.Shards * 15 / 100);
        if (Environment.GetEnvironmentVariable("HANDSOFF_NIGHTLY") == "1") Assert.InRange(over, -1, 0.15);
    }
}
