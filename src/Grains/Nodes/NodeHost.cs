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
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(100);

    /// <summary>Made with the host, so that it is there when the first figures are read.</summary>
    public NodeGauges Gauges => gauges;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        stores.Begin();
        meter.Begin();
        foreach (string device in devices.Names)
        {
            var worker = new NodeWorker($"{silo.Name}/{device}", grains, devices.CreateRunner(device), options.Value, meter, time, log);
            nodes.Add(worker);
            worker.Start();
        }

        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        long start = time.GetTimestamp();
        if (options.Value.DrainTime > TimeSpan.Zero)
        {
            foreach (var node in nodes.All) node.Drain();
            while (nodes.All.Any(n => n.Status.Shards > 0) && time.GetElapsedTime(start) < options.Value.DrainTime && !cancellationToken.IsCancellationRequested)
                await Task.Delay(s_look, time, CancellationToken.None);
        }

        await Task.WhenAll(nodes.All.Select(n => n.DisposeAsync().AsTask()));
    }
}
