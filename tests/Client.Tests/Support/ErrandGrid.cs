using System.Text;
using HandsOff.Client.Cluster;
using HandsOff.Core.Datasets;
using HandsOff.Core.Pairs;
using HandsOff.Core.Storage;
using HandsOff.Grains;
using HandsOff.Grains.Nodes;
using HandsOff.Silo.Devices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.TestingHost;

namespace HandsOff.Client.Tests.Support;

/// <summary>Three silos with a CPU node each in this process, and a client of them.</summary>
internal sealed class ErrandGrid : IAsyncDisposable
{
    private ErrandGrid(InProcessTestCluster cluster, HandsOffClient client, SlowEngines engines) => (Cluster, Client, Engines) = (cluster, client, engines);

    public InProcessTestCluster Cluster { get; }

    public HandsOffClient Client { get; }

    public SlowEngines Engines { get; }

    public static async Task<ErrandGrid> StartAsync(string root, string pairFolder)
    {
        var pairs = new PairEngines();
        pairs.Add(Pair.Load(pairFolder));
        var engines = new SlowEngines(pairs);
        var builder = new InProcessTestClusterBuilder(3);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.Services.AddSingleton<INodeDevices>(new OneDevice(engines));
            silo.Services.Configure<NodeOptions>(o => o.Heartbeat = o.IdlePoll = TimeSpan.FromMilliseconds(50));
            silo.Services.AddLogging(l => l.ClearProviders());
            silo.AddHandsOff();
        });
        var cluster = builder.Build();
        await cluster.DeployAsync();
        var options = new HandsOffClientOptions { Redis = "none", Store = root, Patience = TimeSpan.FromSeconds(30) };
        var grid = new ErrandGrid(cluster, new HandsOffClient(cluster.Client, options, null, TimeProvider.System), engines);
        while ((await grid.Client.NodesAsync()).Count < 3) await Task.Delay(20);
        return grid;
    }

    public async ValueTask DisposeAsync()
    {
        Engines.Hold.Set();
        await Client.DisposeAsync();
        await Cluster.StopAllSilosAsync();
        await Cluster.DisposeAsync();
    }

    private sealed class OneDevice(IEngineFactory engines) : INodeDevices
    {
        public IReadOnlyList<string> Names => ["cpu:0"];

        public IShardRunner CreateRunner(string device) => new DeviceShardRunner(device, engines, TimeProvider.System);
    }
}
