using System.Net;
using HandsOff.Core.Storage;
using HandsOff.Grains.Nodes;
using HandsOff.Silo.Clustering;
using HandsOff.Silo.Draining;
using HandsOff.Silo.Hosting;
using HandsOff.Silo.Settings;
using HandsOff.Silo.Tests.Telemetry;
using HandsOff.Tests.Servers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace HandsOff.Silo.Tests.Draining;

[Collection(nameof(WatchedAlone))]
public sealed class DrainAtStopTests
{
    [Fact(Timeout = 60_000)]
    public async Task Nodes_take_nothing_new_as_soon_as_the_silo_is_told_to_end()
    {
        await using var silo = await WatchedSilo.StartAsync(TimeSpan.FromMilliseconds(10), "leaving");
        var life = silo.Services.GetRequiredService<IHostApplicationLifetime>();
        using var drain = new DrainAtStop(silo.Services.GetRequiredService<LocalNodes>(), life);
        await drain.StartAsync(TestContext.Current.CancellationToken);
        life.StopApplication(); // nothing is stopped by it: that is for whoever waits for it
        var nodes = silo.Services.GetRequiredService<LocalNodes>();
        while (nodes.All.Any(n => n.Status.State != NodeState.Stopped)) await Task.Delay(25, TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("http://127.0.0.1:0")]
    public void A_silo_drains_when_it_ends_and_watches_for_a_notice(string? http)
    {
        string folder = Directory.CreateTempSubdirectory("handsoff-built-").FullName;
        try
        {
            var settings = new SiloSettings { Name = "built", Store = folder, Redis = "127.0.0.1:6379", Cache = Path.Combine(folder, "cache"), Devices = ["null"], Http = http };
            var builder = new SiloHostBuilder(settings, new ConfigurationBuilder().AddInMemoryCollection().Build(), LocalFolderStore.Create(folder), RedisAddress.Parse("127.0.0.1:6379"), new SiloEndpoint(IPAddress.Loopback, FreePort.Next(), FreePort.Next()), verbose: false);
            using var host = builder.Build(); // not started: nothing is connected to
            var services = host.Services.GetServices<IHostedService>().ToList();
            Assert.Single(services.OfType<DrainAtStop>());
            Assert.Single(services.OfType<NoticeWatcher>());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
