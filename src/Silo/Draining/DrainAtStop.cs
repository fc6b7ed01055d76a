using HandsOff.Grains.Nodes;
using Microsoft.Extensions.Hosting;

namespace HandsOff.Silo.Draining;

/// <summary>
/// Drains this silo's nodes as soon as it is told to end. The host ends its parts one after the other, the web server first with all that is
/// open there: without this the nodes would go on taking work meanwhile.
/// </summary>
internal sealed class DrainAtStop(LocalNodes nodes, IHostApplicationLifetime life) : IHostedService, IDisposable
{
    private CancellationTokenRegistration _stopping;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _stopping = life.ApplicationStopping.Register(() =>
        {
            foreach (var node in nodes.All) node.Drain();
        });
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _stopping.Dispose();
}
