using System.Diagnostics.Metrics;
using HandsOff.Grains.Diagnostics;
using HandsOff.Grains.Nodes;
using HandsOff.Grains.Tests.Fakes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace HandsOff.Grains.Tests;

/// <summary>A device's worker by itself.</summary>
public sealed class NodeWorkerTests
{
    [Fact]
    public async Task A_cluster_that_dies_while_the_node_leaves_does_not_keep_it_from_leaving()
    {
        await using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var (grains, cluster) = LostCluster.Create();
        var runner = new FakeRunner(new FakeStore(), new FakeWork(), "cpu:0");
        var worker = new NodeWorker("a/cpu:0", grains, runner, new NodeOptions(), new HandsOffMeter(services.GetRequiredService<IMeterFactory>()), TimeProvider.System, NullLogger.Instance);
        worker.Start();
        await cluster.Called;
        var leaving = worker.DisposeAsync();
        cluster.Die();
        await leaving; // threw SiloUnavailableException, and the silo's shutdown with it
    }
}
