using HandsOff.Cluster.Tests.Support;

namespace HandsOff.Cluster.Tests.Faults;

/// <summary>kill -9 of silos in mid-run.</summary>
public sealed class KillTests(Oracle oracle)
{
    private const int Samples = 1200, ShardSize = 10, Shards = Samples / ShardSize;

    private static readonly TimeSpan s_sampleTime = TimeSpan.FromMilliseconds(20);

    [Fact]
    public async Task A_killed_node_costs_no_shard()
    {
        await using var h = await Harness.StartAsync(oracle, azure: false);
        await h.SiloAsync("a", s_sampleTime);
        await using var reader = new ManifestReader(h.UriOf("set"), Samples);
        await h.SubmitAsync("set", Samples, ShardSize); // coordinated on a, the only silo
        var b = await h.SiloAsync("b", s_sampleTime);
        await h.WorksAsync("b", 3);
        var fault = TimeProvider.System.GetUtcNow();
        await b.KillAsync();
        var status = await h.CompleteAsync("set");
        await h.RequireSameAsync("set", Samples, ShardSize);
        await reader.RequireCompleteAsync();
        var times = RunTimes.Of(await h.CopyAsync("set"));
        Assert.InRange(times.BySilo["b"], 3, Shards);
        FaultRecord.Line($"kill -9 of a node: recovered after {times.Recovery(fault)?.TotalSeconds ?? 0:F1} s, {status.LeasesExpired} leases ended, {status.Duplicates} equal duplicates, {status.Shards} shards");
    }

    [Fact]
    public async Task A_killed_coordinator_is_succeeded_by_another_silos()
    {
        await using var h = await Harness.StartAsync(oracle, azure: false);
        var a = await h.SiloAsync("a", s_sampleTime);
        await using var reader = new ManifestReader(h.UriOf("set"), Samples);
        await h.SubmitAsync("set", Samples, ShardSize); // coordinated on a, the only silo
        await h.SiloAsync("b", s_sampleTime);
        await h.WorksAsync("b", 3);
        var fault = TimeProvider.System.GetUtcNow();
        await a.KillAsync();
        var status = await h.CompleteAsync("set");
        Assert.InRange(status.ShardsFound, 3, Shards); // a new coordinator went by the receipts
        await h.RequireSameAsync("set", Samples, ShardSize);
        await reader.RequireCompleteAsync();
        var times = RunTimes.Of(await h.CopyAsync("set"));
        FaultRecord.Line($"kill -9 of the coordinator's silo: recovered after {times.Recovery(fault)?.TotalSeconds ?? 0:F1} s, {status.ShardsFound} shards found by the next coordinator, {status.Duplicates} equal duplicates");
    }

    [Fact]
    public async Task After_a_kill_of_every_silo_the_run_goes_on_when_they_are_back()
    {
        await using var h = await Harness.StartAsync(oracle, azure: true);
        var silos = await h.SilosAsync(s_sampleTime, "a", "b");
        await using var reader = new ManifestReader(h.UriOf("set"), Samples);
        await h.SubmitAsync("set", Samples, ShardSize);
        await h.WorksAsync("a", 3);
        await h.WorksAsync("b", 3);
        var fault = TimeProvider.System.GetUtcNow();
        await Task.WhenAll(silos.Select(s => s.KillAsync()));
        await h.SilosAsync(s_sampleTime, "a", "b"); // nobody submits again: they find the open dataset in the store
        var status = await h.CompleteAsync("set");
        Assert.InRange(status.ShardsFound, 6, Shards);
        await h.RequireSameAsync("set", Samples, ShardSize);
        await reader.RequireCompleteAsync();
        var times = RunTimes.Of(await h.CopyAsync("set"));
        FaultRecord.Line($"kill -9 of every silo, then restart: the next shard begun after {times.StoodStill(fault).TotalSeconds:F1} s (restart included), {status.ShardsFound} shards found");
    }

    [Fact]
    public async Task With_the_real_networks_a_killed_silo_leaves_the_same_bytes()
    {
        const int Few = 160, Small = 5;
        await using var h = await Harness.StartAsync(oracle, azure: true);
        await h.SiloAsync("a", TimeSpan.Zero, devices: "cpu");
        await using var reader = new ManifestReader(h.UriOf("real"), Few);
        var b = await h.SiloAsync("b", TimeSpan.Zero, devices: "cpu");
        await h.SubmitAsync("real", Few, Small);
        await h.CommittedAsync("real", 4);
        await b.KillAsync();
        await h.CompleteAsync("real");
        await h.RequireSameAsync("real", Few, Small, nulls: false);
        await reader.RequireCompleteAsync();
    }
}
