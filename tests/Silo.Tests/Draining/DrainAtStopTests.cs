using HandsOff.Grains.Nodes;
using HandsOff.Silo.Draining;
using HandsOff.Silo.Tests.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace HandsOff.Silo.Tests.Draining;

[Collection(nameof(WatchedAlone))]
public sealed class DrainAtStopTests
{
    [Fact(Timeout = 60_000)]
    public async Task Nodes_take_nothing_new_as_soon_as_the_silo_is_told_to_end()
    {
        await using var silo = await WatchedSilo.StartAsync(TimeSpan.FromMilliseconds(10), "leaving");
        var life = silo.Services.GetRequiredService<IHostApplicationLifetime>();
        using var drain = new DrainAtStop(silo.Services.GetRequiredService<LocalNodes>(), life);
        await drain.StartAsync(TestContext.Current.CancellationToken);
        life.StopApplication(); // nothing is stopped by it: that is for whoever waits for it
        var nodes = silo.Services.GetRequiredService<LocalNodes>();
        while (nodes.All.Any(n => n.Status.State != NodeState.Stopped)) await Task.Delay(25, TestContext.Current.CancellationToken);
    }
}
