using System.Collections.Immutable;
using System.Net;
using System.Reflection;
using HandsOff.Grains.Coordination;
using HandsOff.Grains.Nodes;
using HandsOff.Grains.Scheduling;
using HandsOff.Silo.Clustering;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Runtime;

namespace HandsOff.Silo.Tests.Clustering;

public sealed class SiloDeathsTests
{
    [Fact]
    public async Task A_death_is_told_by_any_silo_since_the_first_one_may_be_dead_itself()
    {
        // Both 'a' and 'c' were killed; only of 'c' is it known yet.
        var membership = new Membership(
            Snapshot(1, ("a", SiloStatus.Active), ("b", SiloStatus.Active), ("c", SiloStatus.Active)),
            Snapshot(2, ("a", SiloStatus.Active), ("b", SiloStatus.Active), ("c", SiloStatus.Dead)));
        var grains = DispatchProxy.Create<IGrainFactory, OneScheduler>();
        using var deaths = new SiloDeaths(membership, grains, TimeProvider.System, NullLogger<SiloDeaths>.Instance);
        await deaths.StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal("c", await ((OneScheduler)(object)grains).Told.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken));
        await deaths.StopAsync(TestContext.Current.CancellationToken);
    }

    private static ClusterMembershipSnapshot Snapshot(long version, params (string Name, SiloStatus Status)[] silos) => new(
        silos.Select((s, i) => new ClusterMember(SiloAddress.New(IPAddress.Loopback, 11111 + i, 1), s.Status, s.Name)).ToImmutableDictionary(m => m.SiloAddress), new MembershipVersion(version));

    private sealed class Membership(params ClusterMembershipSnapshot[] snapshots) : IClusterMembershipService
    {
        public ClusterMembershipSnapshot CurrentSnapshot => snapshots[^1];

        public IAsyncEnumerable<ClusterMembershipSnapshot> MembershipUpdates => snapshots.ToAsyncEnumerable();

        public ValueTask Refresh(MembershipVersion minimumVersion, CancellationToken cancellationToken) => default;

        public Task<bool> TryKill(SiloAddress siloAddress) => Task.FromResult(false);
    }

    /// <summary>Hands out the scheduler, the only grain that is told.</summary>
    public class OneScheduler : DispatchProxy, IClusterSchedulerGrain
    {
        private readonly TaskCompletionSource<string> _told = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<string> Told => _told.Task;

        public Task NodeGone(string silo)
        {
            _told.TrySetResult(silo);
            return Task.CompletedTask;
        }

        public Task Open(DatasetShare dataset) => throw new NotSupportedException();

        public Task Close(string dataset) => throw new NotSupportedException();

        public Task<ImmutableArray<DatasetShare>> Attach(NodeStatus node) => throw new NotSupportedException();

        public Task Detach(string node) => throw new NotSupportedException();

        public Task<ImmutableArray<NodeStatus>> Nodes() => throw new NotSupportedException();

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => this;
    }
}
