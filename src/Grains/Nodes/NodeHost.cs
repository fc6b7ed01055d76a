using HandsOff.Grains.Diagnostics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Runtime;

namespace HandsOff.Grains.Nodes;

/// <summary>Starts a worker for each of the silo's devices once the silo is active, and ends them before it leaves.</summary>
internal sealed class NodeHost(
    ILocalSiloDetails silo,
    INodeDevices devices,
    LocalNodes nodes,
    IGrainFactory grains,
    IOptions<NodeOptions> options,
    HandsOffMeter meter,
    StoreMeter stores,
    NodeGauges gauges,
    TimeProvider time,
    ILogger<NodeWorker> log) : IHostedService
{
    /// <summary>Made with the host, so that it is there when the first figures are read.</summary>
    public NodeGauges Gauges => gauges;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        stores.Begin();
        foreach (string device in devices.Names)
        {
            var worker = new NodeWorker($"{silo.Name}/{device}", grains, devices.CreateRunner(device), options.Value, meter, time, log);
            nodes.Add(worker);
            worker.Start();
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.WhenAll(nodes.All.Select(n => n.DisposeAsync().AsTask()));
}
