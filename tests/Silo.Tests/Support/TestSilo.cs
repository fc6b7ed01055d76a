using System.Net;
using System.Net.Http.Headers;
using HandsOff.Core.Catalog;
using HandsOff.Core.Pairs;
using HandsOff.Core.Storage;
using HandsOff.Grains;
using HandsOff.Grains.Nodes;
using HandsOff.Silo.Api;
using HandsOff.Silo.Devices;
using HandsOff.Silo.Hosting;
using HandsOff.Silo.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;

namespace HandsOff.Silo.Tests.Support;

/// <summary>A silo with its HTTP side on free loopback ports, over a folder of its own with an untrained pair in it.</summary>
public sealed class TestSilo : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TestSilo(WebApplication app, string root, Pair pair) => (_app, Root, Pair) = (app, root, pair);

    /// <summary>The cluster's store.</summary>
    public string Root { get; }

    public Pair Pair { get; }

    public IServiceProvider Services => _app.Services;

    public Uri Address => new(Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    public static async Task<TestSilo> StartAsync(Dictionary<string, string?>? settings = null, Action<IServiceCollection>? services = null)
    {
        string root = Directory.CreateTempSubdirectory("handsoff-web-").FullName;
        var pair = TrialPair.Create(Path.Combine(root, ".trial-pair"), calibrationSamples: 32);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "handsoff-silo" });
        builder.Configuration.AddInMemoryCollection(settings ?? []);
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter("Orleans", LogLevel.Critical);
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var store = LocalFolderStore.Create(Path.Combine(root, "store"));
        builder.Services.AddSingleton<IBlobStore>(store);
        builder.Services.AddSingleton(new DatasetCatalog(store));
        builder.Services.AddSingleton(new PairLibrary(store, Path.Combine(root, "cache")));
        var engines = new PairEngines();
        engines.Add(pair);
        builder.Services.AddSingleton<INodeDevices>(s => ActivatorUtilities.CreateInstance<SiloDevices>(s, (IReadOnlyList<string>)["cpu:0"], engines));
        builder.Services.AddOptions<NodeOptions>().Configure(o => o.Heartbeat = o.IdlePoll = TimeSpan.FromMilliseconds(100));
        int[] ports = FreePorts.Find(2);
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering(ports[0], ports[1], clusterId: $"web-{ports[0]}");
            silo.Configure<SiloOptions>(o => o.SiloName = "silo-a");
            silo.Configure<EndpointOptions>(o => (o.SiloListeningEndpoint, o.GatewayListeningEndpoint) = (new IPEndPoint(IPAddress.Loopback, ports[0]), new IPEndPoint(IPAddress.Loopback, ports[1])));
            silo.AddHandsOff();
            silo.AddHandsOffDashboard();
        });
        builder.Services.AddHandsOffWeb(builder.Configuration, Path.Combine(root, "store"));
        services?.Invoke(builder.Services);
        var app = builder.Build();
        app.UseHandsOffWeb();
        await app.Services.GetRequiredService<PairLibrary>().PutAsync(pair, CancellationToken.None);
        await app.StartAsync();
        return new TestSilo(app, Path.Combine(root, "store"), pair);
    }

    /// <summary>A client with a fresh key of this role; null: without a key.</summary>
    public async Task<HttpClient> ClientAsync(string? role)
    {
        var client = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = Address };
        if (role is not null) client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", await KeyAsync(role));
        return client;
    }

    /// <summary>A fresh key, known to the silo at once.</summary>
    public async Task<string> KeyAsync(string role)
    {
        var (key, text) = ApiKey.Create($"test {role}", role, TimeProvider.System);
        await Services.GetRequiredService<ApiKeyStore>().AddAsync(key, CancellationToken.None);
        Services.GetRequiredService<ApiKeyRing>().Forget();
        return text;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        Directory.Delete(Path.GetDirectoryName(Root)!, recursive: true);
    }
}
