using System.Reflection;
using HandsOff.Core;
using HandsOff.Grains.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace HandsOff.Silo.Telemetry;

/// <summary>Metrics, traces and logs of a silo process.</summary>
public static class TelemetryHosting
{
    /// <summary>Where Prometheus asks.</summary>
    public const string MetricsPath = "/metrics";

    // Orleans' names (10.4): the source "Microsoft.Orleans.Runtime" is left out, it is one span a timer tick.
    private static readonly string[] s_meters = [HandsOffMeter.Name, "Microsoft.Orleans", "System.Runtime", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel"];
    private static readonly string[] s_sources = [HandsOffMeter.Name, "Microsoft.Orleans.Application", "Microsoft.Orleans.Lifecycle", "Microsoft.AspNetCore"];

    /// <summary>
    /// Adds metrics (for <see cref="MapHandsOffMetrics"/> and the collector), and traces and logs for the collector. Without a collector
    /// nobody listens to traces, and they cost nothing.
    /// </summary>
    /// <exception cref="HandsOffException">The trace ratio is not between 0 and 1.</exception>
    public static OpenTelemetryBuilder AddHandsOffTelemetry(this IServiceCollection services, TelemetryOptions options)
    {
        if (options.TraceRatio is not (>= 0 and <= 1)) throw HandsOffException.Usage($"HandsOff:Telemetry:TraceRatio {options.TraceRatio}: 0 to 1 would be right");
        services.AddSingleton(options);
        services.AddSingleton<DeviceGauges>();
        services.AddSingleton<DiskGauges>();
        services.AddHostedService<GaugeHost>();
        var telemetry = services.AddOpenTelemetry()
            .ConfigureResource(r => r.AddService("handsoff-silo", serviceVersion: Version, serviceInstanceId: options.Silo).AddAttributes([
                new("silo", options.Silo), new("device", string.Join(',', options.Devices)), new("version", Version)]))
            .WithMetrics(m => m.AddMeter(s_meters).AddView(WithoutSystemTargets).AddPrometheusExporter());
        if (options.HasCollector)
        {
            telemetry.WithTracing(t => t.AddHandsOffTraces(options));
            telemetry.WithLogging(_ => { }, l => l.IncludeFormattedMessage = true);
            telemetry.UseOtlpExporter();
        }

        return telemetry;
    }

    /// <summary>The sources and the sampling of a silo's traces.</summary>
    public static TracerProviderBuilder AddHandsOffTraces(this TracerProviderBuilder traces, TelemetryOptions options) =>
        traces.AddSource(s_sources).SetSampler(new ParentBasedSampler(new HeartbeatSampler(new TraceIdRatioBasedSampler(options.TraceRatio))));

    /// <summary>Answers Prometheus at <see cref="MetricsPath"/>.</summary>
    public static IEndpointConventionBuilder MapHandsOffMetrics(this IEndpointRouteBuilder app) => app.MapPrometheusScrapingEndpoint(MetricsPath);

    /// <summary>The program's version, without the commit that follows it.</summary>
    internal static string Version { get; } =
        (typeof(TelemetryHosting).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0").Split('+')[0];

    // Instruments of Orleans that make a series for each of its internal grains and never tell an operator anything.
    private static MetricStreamConfiguration? WithoutSystemTargets(System.Diagnostics.Metrics.Instrument instrument) =>
        instrument.Name is "orleans-system-targets" or "orleans-watchdog-health-checks" ? MetricStreamConfiguration.Drop : null;
}
