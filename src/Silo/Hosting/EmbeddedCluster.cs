using System.Net;
using System.Net.Sockets;
using HandsOff.Core;
using HandsOff.Grains;
using HandsOff.Grains.Coordination;
using HandsOff.Grains.Nodes;
using HandsOff.Silo.Devices;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace HandsOff.Silo.Hosting;

/// <summary>
/// A cluster of one silo inside this process: no server, loopback only, no state but the datasets'. The very grains of the
/// big cluster run in it, so one machine is not a special case.
/// </summary>
public sealed class EmbeddedCluster : IAsyncDisposable
{
    private const int Tries = 5;

    private readonly IHost _host;

    private EmbeddedCluster(IHost host) => _host = host;

    /// <summary>The client's side.</summary>
    public IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    /// <summary>The nodes of this process.</summary>
    public IReadOnlyList<NodeStatus> Nodes => [.. _host.Services.GetRequiredService<LocalNodes>().All.Select(n => n.Status)];

    /// <summary>The coordinator of a dataset (a folder's full path, or <c>az:CONTAINER/PREFIX</c>).</summary>
    public IDatasetCoordinatorGrain Dataset(string store) => Grains.GetGrain<IDatasetCoordinatorGrain>(store);

    /// <summary>Starts the silo on free loopback ports; ready when it returns.</summary>
    /// <exception cref="HandsOffException">A setting is out of its range, or no port could be had.</exception>
    public static async Task<EmbeddedCluster> StartAsync(EmbeddedClusterOptions options, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            var host = Build(options);
            try
            {
                await host.StartAsync(cancellationToken);
                return new EmbeddedCluster(host);
            }
            catch (OptionsValidationException e)
            {
                await Discard(host);
                throw HandsOffException.Usage($"settings (appsettings.json, HANDSOFF__ variables): {string.Join("; ", e.Failures)}");
            }
            catch (Exception e) when (PortTaken(e) && attempt < Tries)
            {
                await Discard(host); // somebody took the port between finding and using it
            }
            catch
            {
                await Discard(host);
                throw;
            }
        }
    }

    /// <summary>Ends the nodes (work in hand is dropped, its leases given back), then the silo.</summary>
    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        try
        {
            await _host.StopAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            // Storage is the record; a silo that does not end in time loses nothing.
        }

        await Discard(_host);
    }

    private static IHost Build(EmbeddedClusterOptions options)
    {
        // An empty builder: no console lifetime (the command line owns Ctrl-C), no default logging.
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "handsoff" });
        if (options.Configuration is not null) builder.Configuration.AddConfiguration(options.Configuration);
        builder.Logging.SetMinimumLevel(options.LogLevel);
        builder.Logging.AddSimpleConsole(c => c.SingleLine = true);
        builder.Logging.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(c => c.LogToStandardErrorThreshold = LogLevel.Trace);
        int[] ports = FreePorts.Find(2);
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering(ports[0], ports[1], serviceId: "handsoff", clusterId: $"embedded-{Environment.ProcessId}-{ports[0]}");
            silo.Configure<SiloOptions>(o => o.SiloName = $"{options.Name}-{Environment.ProcessId}");
            silo.Configure<EndpointOptions>(o => o.SiloListeningEndpoint = new IPEndPoint(IPAddress.Loopback, ports[0]));
            silo.Configure<EndpointOptions>(o => o.GatewayListeningEndpoint = new IPEndPoint(IPAddress.Loopback, ports[1]));
            silo.AddHandsOff();
        });
        builder.Services.AddSingleton(options.Ledger);
        builder.Services.AddSingleton<INodeDevices>(s => ActivatorUtilities.CreateInstance<SiloDevices>(s, options.Devices, options.Engines));
        builder.Services.AddOptions<NodeOptions>().Configure(o =>
        {
            // Calls inside a process cost microseconds: report often, so that progress is smooth.
            o.Heartbeat = TimeSpan.FromMilliseconds(250);
            o.IdlePoll = TimeSpan.FromMilliseconds(250);
        }).BindConfiguration("HandsOff:Node").Configure(o => options.Nodes?.Invoke(o));
        return builder.Build();
    }

    internal static bool PortTaken(Exception? e) =>
        e is SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse } || e is IOException && e.Message.Contains("in use", StringComparison.Ordinal)
        || e?.InnerException is { } inner && PortTaken(inner);

    private static async Task Discard(IHost host)
    {
        if (host is IAsyncDisposable disposable) await disposable.DisposeAsync();
        else host.Dispose();
    }
}
