using System.Net;
using HandsOff.Core;
using HandsOff.Grains;
using HandsOff.Grains.Coordination;
using HandsOff.Grains.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;

namespace HandsOff.Bench.Coordination;

/// <summary>Nodes whose shards cost nothing and are stored nowhere: what is left is the coordinator and Orleans.</summary>
internal static class IdleNodes
{
    /// <summary>Wall and processor seconds until all shards are reported done.</summary>
    public static async Task<(double Wall, double Cpu)> MeasureAsync(int shards, int nodes)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.ClearProviders();
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering(siloPort: 24111, gatewayPort: 24112, serviceId: "bench", clusterId: "bench");
            silo.Configure<EndpointOptions>(o => o.AdvertisedIPAddress = IPAddress.Loopback);
            silo.Configure<SiloOptions>(o => o.SiloName = "bench");
            silo.AddHandsOff();
        });
        builder.Services.AddSingleton<IDatasetStorage>(new Nowhere(shards));
        builder.Services.AddSingleton<INodeDevices>(new Devices(nodes));
        using var host = builder.Build();
        await host.StartAsync();
        var dataset = host.Services.GetRequiredService<IGrainFactory>().GetGrain<IDatasetCoordinatorGrain>("nowhere");
        var took = await Report.MeasuredAsync(async () =>
        {
            var status = await dataset.Start(new DatasetOrder("{}", shards));
            for (; !status.IsOver; status = await dataset.Status()) await Task.Delay(50);
            if (status.Phase != DatasetPhase.Complete) throw new HandsOffException(status.Message);
        });
        await host.StopAsync();
        return took;
    }

    private sealed class Devices(int count) : INodeDevices
    {
        public IReadOnlyList<string> Names { get; } = [.. Enumerable.Range(0, count).Select(i => $"null:{i}")];

        public IShardRunner CreateRunner(string device) => new Runner();
    }

    private sealed class Runner : IShardRunner
    {
        public IReadOnlyList<string> Pairs => [];

        public Task<ShardDone> RunAsync(string dataset, string requestJson, ShardGrant grant, string node, Action<int> progress, CancellationToken cancellationToken) =>
            Task.FromResult(new ShardDone { LeaseId = grant.LeaseId, Shard = grant.Shard, Count = grant.Count });

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class Nowhere(int shards) : IDatasetStorage
    {
        public Task<DatasetOpening?> OpenAsync(string dataset, DatasetOrder? order, CancellationToken cancellationToken) =>
            Task.FromResult<DatasetOpening?>(new DatasetOpening("{}", shards, 1, [], Complete: false));

        public Task SaveAsync(string dataset, DatasetSettings settings, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task<CancelOutcome> CancelAsync(string dataset, CancellationToken cancellationToken) => Task.FromResult(CancelOutcome.Missing);

        public Task<IReadOnlyList<FaultyShard>> FinalizeAsync(string dataset, DatasetOpening opening, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<FaultyShard>>([]);
    }
}
