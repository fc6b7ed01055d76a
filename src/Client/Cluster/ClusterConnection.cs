using HandsOff.Core;
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
        var redis = await RedisAsync(options.Redis, cancellationToken);
        long started = time.GetTimestamp();
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "handsoff" });
        builder.Logging.SetMinimumLevel(LogLevel.None);
        builder.UseOrleansClient(client =>
        {
            client.Configure<Orleans.Configuration.ClusterOptions>(o => o.ServiceId = o.ClusterId = options.Cluster);
            client.UseRedisClustering(o => o.ConfigurationOptions = redis);
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
        catch (Exception e) when (ClusterCalls.IsTransient(e) || e is RedisException)
        {
            await DiscardAsync(host);
            throw new HandsOffException(
                $"redis {options.Redis}: no silo of cluster '{options.Cluster}' answers; start one with 'handsoff silo --redis {options.Redis}', or say which cluster it is with --cluster", HandsOffException.Failed, e);
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
        catch (Exception e) when (e is OperationCanceledException || ClusterCalls.IsTransient(e))
        {
            // Nobody to say goodbye to.
        }

        await DiscardAsync(_host);
    }

    /// <summary>Asks Redis once before Orleans does: its own errors say more.</summary>
    private static async Task<ConfigurationOptions> RedisAsync(string address, CancellationToken cancellationToken)
    {
        ConfigurationOptions options;
        try
        {
            options = ConfigurationOptions.Parse(address);
            if (options.EndPoints.Count == 0) throw new ArgumentException("it names no host");
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            throw HandsOffException.Usage($"--redis '{address}': should be HOST:PORT ({e.Message.ReplaceLineEndings(" ")})");
        }

        var probe = options.Clone();
        (probe.AbortOnConnectFail, probe.ConnectTimeout, probe.ConnectRetry) = (true, 5000, 1);
        try
        {
            await using var connection = await ConnectionMultiplexer.ConnectAsync(probe).WaitAsync(cancellationToken);
            await connection.GetDatabase().PingAsync().WaitAsync(cancellationToken);
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            string why = e.Message.Contains("NOAUTH", StringComparison.Ordinal) || e.Message.Contains("AuthenticationFailure", StringComparison.Ordinal)
                ? "it wants a password: HOST:PORT,password=..."
                : "is it running there?";
            throw new HandsOffException($"redis {address}: cannot be reached; {why}", HandsOffException.Failed, e);
        }

        options.AbortOnConnectFail = false; // once it was there it is waited for
        return options;
    }

    private static async Task DiscardAsync(IHost host)
    {
        if (host is IAsyncDisposable disposable) await disposable.DisposeAsync();
        else host.Dispose();
    }
}
