using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using HandsOff.Grains;
using HandsOff.Grains.Coordination;
using HandsOff.Grains.Diagnostics;
using HandsOff.Grains.Nodes;
using HandsOff.Grains.Scheduling;
using HandsOff.Silo.Telemetry;
using HandsOff.Tests.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Trace;
using Orleans.Configuration;

namespace HandsOff.Silo.Tests.Telemetry;

/// <summary>A silo in this process with two quick nodes, its telemetry as in production, /metrics on loopback and its spans in memory.</summary>
internal sealed class WatchedSilo : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ActivityBag _spans;

    private WatchedSilo(WebApplication app, ActivityBag spans, string folder) => (_app, _spans, Folder) = (app, spans, folder);

    /// <summary>For datasets.</summary>
    public string Folder { get; }

    /// <summary>Where it answers.</summary>
    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

    public IGrainFactory Grains => _app.Services.GetRequiredService<IGrainFactory>();

    public IServiceProvider Services => _app.Services;

    /// <summary>The spans that ended so far.</summary>
    public IReadOnlyList<Activity> Spans => [.. _spans.Ended];

    public static async Task<WatchedSilo> StartAsync(TimeSpan perBatch, string name = "watched")
    {
        string folder = Directory.CreateTempSubdirectory("handsoff-watched-").FullName;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(k => k.Listen(IPAddress.Loopback, 0));
        int siloPort = FreePort.Next(), gatewayPort = FreePort.Next();
        builder.Host.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering(siloPort, gatewayPort, serviceId: "handsoff", clusterId: $"watched-{siloPort}");
            silo.Configure<SiloOptions>(o => o.SiloName = name);
            silo.Services.AddSingleton(new LedgerOptions { BackupFactor = 1e9 }); // no shard twice, or the counts would depend on how busy the machine is
            silo.AddHandsOff();
        });
        builder.Services.Configure<NodeOptions>(o => o.Heartbeat = o.IdlePoll = TimeSpan.FromMilliseconds(100));
        builder.Services.AddSingleton<INodeDevices>(s => new PlainDevices(perBatch, s.GetRequiredService<StoreMeter>()));
        var options = new TelemetryOptions { Silo = name, Devices = ["cpu"], Folders = new Dictionary<string, string> { ["store"] = folder } };
        var spans = new ActivityBag();
        builder.Services.AddHandsOffTelemetry(options).WithTracing(t => t.AddHandsOffTraces(options).AddProcessor(new SimpleActivityExportProcessor(spans)));
        var app = builder.Build();
        app.MapHandsOffMetrics();
        await app.StartAsync();
        return new WatchedSilo(app, spans, folder);
    }

    /// <summary>The coordinator of the dataset of this name.</summary>
    public IDatasetCoordinatorGrain Dataset(string name) => Grains.GetGrain<IDatasetCoordinatorGrain>(Path.Combine(Folder, name));

    public async Task<DatasetStatus> StartAsync(string name, int shardSize, long samples) =>
        await Dataset(name).Start(new DatasetOrder(System.Text.Encoding.UTF8.GetString(PlainEngine.Request(shardSize).ToJson()), samples));

    /// <summary>Waits for the dataset's end; fails with what it says when it is not made.</summary>
    public async Task CompleteAsync(string name)
    {
        for (int i = 0; i < 1200; i++)
        {
            var status = await Dataset(name).Status();
            Assert.NotEqual(DatasetPhase.Failed, status.Phase);
            if (status.IsOver) return;
            await Task.Delay(50);
        }

        Assert.Fail($"{name} is not complete after a minute");
    }

    /// <summary>What Prometheus would read.</summary>
    public async Task<string> MetricsAsync()
    {
        using var client = new HttpClient { BaseAddress = Address };
        return await client.GetStringAsync(TelemetryHosting.MetricsPath);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    private sealed class ActivityBag : BaseExporter<Activity>
    {
        public ConcurrentQueue<Activity> Ended { get; } = new();

        public override ExportResult Export(in Batch<Activity> batch)
        {
            foreach (var activity in batch) Ended.Enqueue(activity);
            return ExportResult.Success;
        }
    }
}
