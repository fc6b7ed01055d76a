using System.Net;
using HandsOff.Core;
using HandsOff.Core.Storage;
using HandsOff.Silo.Clustering;
using HandsOff.Silo.Commands;
using HandsOff.Silo.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace HandsOff.Silo.Hosting;

/// <summary>Runs a silo of a cluster from its start to its end.</summary>
/// <param name="settings">What it is.</param>
/// <param name="configuration">Settings of its parts.</param>
/// <param name="verbose">Log more.</param>
/// <param name="time">The clock.</param>
public sealed class SiloRunner(SiloSettings settings, IConfiguration configuration, bool verbose, TimeProvider time)
{
    /// <summary>How long the end may take: nodes drain, their leases are given back, the silo says goodbye.</summary>
    internal static readonly TimeSpan TimeToStop = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Joins the cluster, prints <c>ready NAME</c>, and works until it is stopped; then finishes or gives back what it holds.
    /// </summary>
    /// <returns>0; 1 when the host ended by itself.</returns>
    /// <exception cref="HandsOffException">The store or Redis cannot be used, the name is taken, a setting is out of its range.</exception>
    public async Task<int> RunAsync(CancellationToken stop)
    {
        var redis = RedisAddress.Parse(settings.Redis);
        var patience = new Patience(Patience.AtStart, time, line => Console.Error.WriteLine($"handsoff: {line}"));
        LocalFolderStore.Create(settings.Cache); // that it can be written to is better known now than at the first shard
        var root = await patience.WaitAsync($"store {settings.Store}", c => BlobStores.OpenAsync(settings.Store, create: true, c), stop);
        await patience.WaitAsync(
            $"Redis at {redis.Shown}",
            async _ =>
            {
                await redis.CheckAsync();
                return true;
            },
            stop);
        var address = settings.Address ?? await redis.LocalAddressAsync(stop) ?? IPAddress.Loopback;
        var builder = new SiloHostBuilder(settings, configuration, root, redis, SiloEndpoint.Choose(address, settings.Port, settings.GatewayPort), verbose);
        var host = Build(builder);
        await using var disposal = (IAsyncDisposable)host;
        await StartAsync(host, stop);
        builder.Member = true;
        Console.WriteLine($"ready {settings.Name}");
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop, host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);
        await Task.Delay(Timeout.InfiniteTimeSpan, time, ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        builder.Member = false;
        using var most = new CancellationTokenSource(TimeToStop, time);
        await host.StopAsync(most.Token);
        return stop.IsCancellationRequested ? 0 : HandsOffException.Failed;
    }

    private async Task StartAsync(IHost host, CancellationToken stop)
    {
        try
        {
            await host.StartAsync(stop);
        }
        catch (Exception e)
        {
            stop.ThrowIfCancellationRequested(); // told to end while it started
            throw Explained(e);
        }
    }

    private IHost Build(SiloHostBuilder builder)
    {
        try
        {
            return builder.Build();
        }
        catch (Exception e)
        {
            throw Explained(e);
        }
    }

    private Exception Explained(Exception e)
    {
        for (Exception? at = e; at is not null; at = at.InnerException)
        {
            if (at is HandsOffException or OperationCanceledException) return at;
            if (at is InvalidOperationException && at.Message.StartsWith("Failed to convert configuration value", StringComparison.Ordinal)) return HandsOffException.Usage($"settings (appsettings.json, HANDSOFF__ variables): {at.Message}");
            if (at is OptionsValidationException invalid) return HandsOffException.Usage($"settings (appsettings.json, HANDSOFF__ variables): {string.Join("; ", invalid.Failures)}");
        }

        if (EmbeddedCluster.PortTaken(e)) return new HandsOffException($"--http {settings.Http}: the port is taken; choose another", HandsOffException.Failed, e);
        return new HandsOffException($"silo '{settings.Name}' cannot join cluster '{settings.Cluster}': {CommandRunner.Explain(e).Line}", HandsOffException.Failed, e);
    }
}
