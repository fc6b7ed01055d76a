using HandsOff.Cluster.Tests.Support;

namespace HandsOff.Cluster.Tests.Faults;

/// <summary>Silos that stop dead and come back: what they commit late is equal, absorbed, and counted.</summary>
public sealed class FreezeTests(Oracle oracle)
{
    private const int Samples = 2000, ShardSize = 10;

    private static readonly TimeSpan s_sampleTime = TimeSpan.FromMilliseconds(20), s_lease = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task A_silo_frozen_for_twice_its_lease_commits_late_and_is_absorbed()
    {
        await using var h = await Harness.StartAsync(oracle, azure: false);
        h.Settings["HANDSOFF__Ledger__LeaseTime"] = $"{s_lease}";
        h.Settings["HANDSOFF__Membership__MissedProbes"] = "30"; // the lease alone ends: the silo stays a member
        var a = await h.SiloAsync("a", s_sampleTime);
        await using var reader = new ManifestReader(h.UriOf("set"), Samples);
        await h.SubmitAsync("set", Samples, ShardSize); // coordinated on a, the only silo
        var b = await h.SiloAsync("b", s_sampleTime);
        await h.WorksAsync("b", 3);

        b.Freeze();
        await Task.Delay(2 * s_lease, TestContext.Current.CancellationToken);
        Assert.InRange((await h.StatusAsync("set")).LeasesExpired, 1, 100);

        // While the coordinator says nothing, b cannot hear that its leases are lost: it commits what it had in hand.
        a.Freeze();
        b.Thaw();
        await Task.Delay(TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken);
        a.Thaw();

        var status = await h.CompleteAsync("set");
        Assert.InRange(status.Duplicates, 1, 100);
        await h.RequireSameAsync("set", Samples, ShardSize);
        await reader.RequireCompleteAsync();
        FaultRecord.Line($"SIGSTOP of a silo for twice its lease, SIGCONT: {status.LeasesExpired} leases ended, {status.Duplicates} late commits absorbed as equal duplicates");
    }
}
