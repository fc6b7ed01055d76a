using HandsOff.Core;
using HandsOff.Grains.Diagnostics;
using HandsOff.Silo.Clustering;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using StackExchange.Redis;

namespace HandsOff.Client.Cluster;

/// <summary>An Orleans client that found the cluster through Redis.</summary>
internal sealed class ClusterConnection : IAsyncDisposable
{
    // A silo that restarted has a new address: the list is read again often enough to find it soon.
    private static readonly TimeSpan s_gateways = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(500);

    private readonly IHost _host;

    private ClusterConnection(IHost host) => _host = host;

    public IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    /// <summary>Connects; one line says what is wrong when it cannot.</summary>
    /// <exception cref="HandsOffException">Redis is wrong or down, or no silo of the cluster answers.</exception>
    public static async Task<ClusterConnection> OpenAsync(HandsOffClientOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        var redis = RedisAddress.Parse(options.Redis);
        await redis.CheckAsync().WaitAsync(cancellationToken); // its own errors say more than Orleans'
        long started = time.GetTimestamp();
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "handsoff" });
        builder.Logging.SetMinimumLevel(LogLevel.None);
        builder.UseOrleansClient(client =>
        {
            client.Configure<ClusterOptions>(o => o.ServiceId = o.ClusterId = options.Cluster);
            client.UseRedisClustering(o => o.ConfigurationOptions = redis.Options());
            client.Configure<ClientMessagingOptions>(o => o.ResponseTimeout = options.ResponseTimeout);
            client.Configure<GatewayOptions>(o => o.GatewayListRefreshPeriod = s_gateways);
            client.UseConnectionRetryFilter(async (_, cancel) =>
            {
                if (time.GetElapsedTime(started) >= options.ConnectTimeout) return false;
                await Task.Delay(s_pause, time, cancel);
                return true;
            });
        });
        var host = builder.Build();
        try
        {
            await host.StartAsync(cancellationToken);
            return new ClusterConnection(host);
        }
        catch (Exception e) when (ClusterTrouble.Is(e, cancellationToken) || e is RedisException)
        {
            await DiscardAsync(host);
            throw new HandsOffException(
                $"Redis at {redis.Shown}: no silo of cluster '{options.Cluster}' answers; start one with 'handsoff silo --redis {redis.Shown}', or say which cluster it is with --cluster", HandsOffException.Failed, e);
        }
        catch
        {
            await DiscardAsync(host);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(3));
        try
        {
            await _host.StopAsync(patience.Token);
        }
        catch (Exception e) when (ClusterTrouble.Is(e, CancellationToken.None))
        {
            // Nobody to say goodbye to.
        }

        await DiscardAsync(_host);
    }

    private static async Task DiscardAsync(IHost host)
    {
        if (host is IAsyncDisposable disposable) await disposable.DisposeAsync();
        else host.Dispose();
    }
}
