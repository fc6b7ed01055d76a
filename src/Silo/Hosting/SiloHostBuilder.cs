using System.Net;
using HandsOff.Core.Catalog;
using HandsOff.Core.Storage;
using HandsOff.Grains;
using HandsOff.Grains.Coordination;
using HandsOff.Grains.Nodes;
using HandsOff.Grains.Scheduling;
using HandsOff.Silo.Api;
using HandsOff.Silo.Clustering;
using HandsOff.Silo.Devices;
using HandsOff.Silo.Draining;
using HandsOff.Silo.Settings;
using HandsOff.Silo.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Orleans.Configuration;
using Orleans.Runtime;

namespace HandsOff.Silo.Hosting;

/// <summary>Builds the process of a silo: a generic host, or a web application when it has an HTTP side.</summary>
internal sealed class SiloHostBuilder(SiloSettings settings, IConfiguration configuration, IBlobStore root, RedisAddress redis, SiloEndpoint endpoint, bool verbose)
{
    private const string Application = "handsoff-silo";

    // Calls are short; one that waits longer waits for a silo that hangs, and is better tried again.
    private static readonly TimeSpan s_responseTimeout = TimeSpan.FromSeconds(15);

    // A node that is told to end first finishes what it has in hand, at most so long; then it gives the rest back.
    private static readonly TimeSpan s_drainTime = TimeSpan.FromSeconds(20);

    /// <summary>Set while the silo is a member of the cluster.</summary>
    public bool Member { get; set; }

    public IHost Build()
    {
        if (settings.Http is not { } http)
        {
            var plain = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = Application });
            Configure(plain);
            return plain.Build();
        }

        var web = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = Application });
        Configure(web);
        SiloHttp.Add(web, settings, http);
        var app = web.Build();
        SiloHttp.Map(app);
        app.MapHandsOffMetrics().AllowAnonymous();
        return app;
    }

    private void Configure(IHostApplicationBuilder builder)
    {
        builder.Configuration.AddConfiguration(configuration);
        AddLogging(builder.Logging);
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton(root);
        builder.Services.AddHandsOffTelemetry(TelemetryOptions.Of(settings, configuration));
        builder.Services.AddDrainNotice();
        builder.Services.AddSingleton(new ClusterRoot(settings.Store));
        builder.Services.AddSingleton(new DatasetCatalog(root));
        builder.Services.AddSingleton(s => new PairLibrary(root, settings.Cache, s.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton<IEngineFactory, ClusterEngines>();
        builder.Services.AddSingleton<INodeDevices>(s => ActivatorUtilities.CreateInstance<SiloDevices>(s, settings.Devices));
        builder.Services.AddSingleton(LedgerSettings.Read(configuration));
        builder.Services.AddOptions<NodeOptions>().Configure(o => o.DrainTime = s_drainTime).BindConfiguration("HandsOff:Node");
        builder.Services.AddOptions<MembershipSettings>().BindConfiguration(MembershipSettings.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddOptions<ClusterMembershipOptions>().Configure<Microsoft.Extensions.Options.IOptions<MembershipSettings>>((o, s) => s.Value.Apply(o));
        builder.Services.AddOptions<HostOptions>().Configure(o => o.ShutdownTimeout = SiloRunner.TimeToStop);
        builder.UseOrleans(silo =>
        {
            silo.UseRedisClustering(o => o.ConfigurationOptions = redis.Options());
            silo.Configure<ClusterOptions>(o => o.ServiceId = o.ClusterId = settings.Cluster);
            silo.Configure<SiloOptions>(o => o.SiloName = settings.Name);
            silo.Configure<SiloMessagingOptions>(o => o.ResponseTimeout = s_responseTimeout);
            silo.Configure<EndpointOptions>(o =>
            {
                o.AdvertisedIPAddress = endpoint.Address;
                (o.SiloPort, o.GatewayPort) = (endpoint.Port, endpoint.GatewayPort);
                o.SiloListeningEndpoint = new IPEndPoint(endpoint.Listen, endpoint.Port);
                o.GatewayListeningEndpoint = new IPEndPoint(endpoint.Listen, endpoint.GatewayPort);
            });
            silo.Services.AddSingleton<IFatalErrorHandler, FatalEnd>();
            silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, UniqueSiloName>();
            silo.AddHandsOff();
            silo.AddHandsOffDashboard();
        });
        builder.Services.AddHostedService<SiloDeaths>();
        builder.Services.AddHostedService<OpenDatasets>();
        builder.Services.AddHostedService<DrainAtStop>();
    }

    private void AddLogging(ILoggingBuilder logging)
    {
        logging.SetMinimumLevel(LogLevel.Information);
        if (!verbose)
        {
            // A start that fails is told in one line, and an end is no fault: Orleans is heard while the silo is a member.
            logging.AddFilter("Orleans", level => level >= LogLevel.Error && Member);
            logging.AddFilter("Microsoft", level => level >= LogLevel.Warning && Member);
            logging.AddFilter("Polly", LogLevel.Warning);
        }

        logging.AddConfiguration(configuration.GetSection("Logging"));
        logging.AddSimpleConsole(c => (c.SingleLine, c.TimestampFormat, c.UseUtcTimestamp) = (true, "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ", true));
        logging.Services.Configure<ConsoleLoggerOptions>(c => c.LogToStandardErrorThreshold = LogLevel.Trace);
    }
}
