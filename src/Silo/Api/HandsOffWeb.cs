using System.Text.Json;
using System.Text.Json.Serialization;
using HandsOff.Grains.Nodes;
using HandsOff.Silo.Health;
using HandsOff.Silo.Pages;
using HandsOff.Silo.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Dashboard;
using Orleans.Hosting;

namespace HandsOff.Silo.Api;

/// <summary>The HTTP side of a silo: API, page, health, and Orleans' dashboard for operators.</summary>
public static class HandsOffWeb
{
    /// <summary>Where the API is.</summary>
    public const string ApiPath = "/api/v1";

    /// <summary>Where Orleans' dashboard is.</summary>
    public const string DashboardPath = "/orleans";

    /// <summary>
    /// Adds the services. The host brings the silo (<see cref="Grains.GrainsHosting.AddHandsOff"/>), the cluster's root store, its catalog
    /// and its pairs.
    /// </summary>
    /// <param name="services">The host's.</param>
    /// <param name="configuration">Its settings, section <c>HandsOff:Http</c>.</param>
    /// <param name="store">The cluster's store: folder, or <c>az:CONTAINER[/PREFIX]</c>.</param>
    public static IServiceCollection AddHandsOffWeb(this IServiceCollection services, IConfiguration configuration, string store)
    {
        services.AddRouting();
        services.AddOptions<WebOptions>().Bind(configuration.GetSection(WebOptions.Section)).ValidateDataAnnotations()
            .Validate(o => o.ProxyNetworks() is not null, "HandsOff:Http:TrustedProxies: addresses or networks with commas between (10.0.0.7, 10.1.0.0/16) would be right").ValidateOnStart();
        services.AddOptions<ForwardedHeadersOptions>().Configure<IOptions<WebOptions>>((forwarded, web) =>
        {
            forwarded.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
            forwarded.ForwardLimit = null; // as far as the proxies are trusted
            forwarded.KnownProxies.Clear();
            forwarded.KnownIPNetworks.Clear();
            foreach (var network in web.Value.ProxyNetworks() ?? []) forwarded.KnownIPNetworks.Add(network);
        });
        services.AddOptions<SampleOptions>().Bind(configuration.GetSection("HandsOff:Samples"));
        services.AddOptions<KestrelServerOptions>().Configure<IOptions<WebOptions>>((kestrel, web) =>
        {
            kestrel.Limits.MaxRequestBodySize = web.Value.MaxBodyBytes;
            kestrel.AddServerHeader = false;
        });
        services.Configure<JsonOptions>(o => Configure(o.SerializerOptions));
        services.AddSingleton(s => ActivatorUtilities.CreateInstance<ClusterStore>(s, store));
        services.AddSingleton<ApiKeyStore>();
        services.AddSingleton<PairService>();
        services.AddSingleton<DatasetService>();
        services.AddSingleton<DatasetPoll>();
        services.AddSingleton<NodePoll>();
        services.AddSingleton<ClusterMonitor>();
        services.AddHostedService(s => s.GetRequiredService<ClusterMonitor>());
        services.AddSingleton<EstimateService>();
        services.AddSingleton<SampleSource>();
        services.AddSingleton<EventStreams>();
        services.AddProblemDetails();
        services.AddExceptionHandler<Problems>();
        services.AddHandsOffSecurity(configuration);
        services.AddHandsOffRateLimits();
        services.AddHandsOffHealth();
        services.Configure<RouteHandlerOptions>(o => o.ThrowOnBadRequest = true); // so that the answer says what was wrong
        services.AddOpenApi("v1", o =>
        {
            o.ShouldInclude = d => d.RelativePath?.StartsWith(ApiPath[1..], StringComparison.Ordinal) == true;
            o.AddDocumentTransformer((document, _, _) => Describe(document));
        });
        return services;
    }

    /// <summary>Lets Orleans' dashboard see this silo. All silos of a cluster need it, with an HTTP side or without.</summary>
    public static ISiloBuilder AddHandsOffDashboard(this ISiloBuilder silo) => silo.AddDashboard(o => o.HideTrace = true);

    /// <summary>Puts the middleware and all addresses in place.</summary>
    public static void UseHandsOffWeb(this WebApplication app)
    {
        if (app.Services.GetRequiredService<IOptions<WebOptions>>().Value.ProxyNetworks() is { Count: > 0 }) app.UseForwardedHeaders();
        app.UseExceptionHandler();
        app.Use(SecurityHeaders.AddAsync);
        app.UseMiddleware<CrossSiteGuard>();
        app.UseRouting();
        app.UseAuthentication();
        app.UseRateLimiter();
        app.UseAuthorization();
        app.UseStatusCodePages();
        app.MapHandsOffHealth();
        app.MapPage();
        app.MapOpenApi("/openapi/{documentName}.json").AllowAnonymous();
        var api = app.MapGroup(ApiPath);
        var source = app.Services.GetRequiredService<SampleSource>();
        api.MapSession();
        api.MapDatasets(source);
        api.MapVirtual(source);
        api.MapNodes();
        api.MapPairs();
        api.MapEvents();
        if (app.Services.GetRequiredService<IOptions<WebOptions>>().Value.Dashboard) app.MapOrleansDashboard(DashboardPath).RequireAuthorization(Roles.Operator);
    }

    private static void Configure(JsonSerializerOptions json)
    {
        json.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
        json.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        json.NumberHandling = JsonNumberHandling.AllowReadingFromString;
        json.RespectNullableAnnotations = true;
        json.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false));
    }

    private static Task Describe(Microsoft.OpenApi.OpenApiDocument document)
    {
        document.Info.Title = "HandsOff";
        document.Info.Description = "Labelled image datasets of any size from a few labelled photographs: submit, watch and control them, and get any sample alone.";
        document.Components ??= new();
        document.Components.SecuritySchemes = new Dictionary<string, Microsoft.OpenApi.IOpenApiSecurityScheme>
        {
            ["bearer"] = new Microsoft.OpenApi.OpenApiSecurityScheme { Type = Microsoft.OpenApi.SecuritySchemeType.Http, Scheme = "bearer", Description = "An API key (ho_...) or a token of the identity provider." },
        };
        document.Security = [new() { [new Microsoft.OpenApi.OpenApiSecuritySchemeReference("bearer", document)] = [] }];
        return Task.CompletedTask;
    }
}
