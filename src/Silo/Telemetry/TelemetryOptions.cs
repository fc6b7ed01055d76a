using System.Globalization;
using HandsOff.Core;
using HandsOff.Core.Storage;
using HandsOff.Silo.Settings;
using Microsoft.Extensions.Configuration;

namespace HandsOff.Silo.Telemetry;

/// <summary>What a silo tells about itself, and to whom.</summary>
public sealed record TelemetryOptions
{
    /// <summary>Environment variable (and setting) with the address of an OTLP collector, as OpenTelemetry names it.</summary>
    public const string CollectorVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>The silo's name: resource attribute <c>silo</c>.</summary>
    public required string Silo { get; init; }

    /// <summary>Its devices: resource attribute <c>device</c>, and whose memory is watched.</summary>
    public IReadOnlyList<string> Devices { get; init; } = [];

    /// <summary>Folders whose disks may fill up, by what they are for: <c>store</c>, <c>cache</c>.</summary>
    public IReadOnlyDictionary<string, string> Folders { get; init; } = new Dictionary<string, string>();

    /// <summary>There is a collector: metrics, traces and logs are sent to it.</summary>
    public bool HasCollector { get; init; }

    /// <summary>The part of the traces that is kept, 0 to 1; a trace is kept or dropped as a whole.</summary>
    public double TraceRatio { get; init; } = 1;

    /// <summary>Those of a silo of a cluster. Setting <c>HandsOff:Telemetry:TraceRatio</c>.</summary>
    /// <exception cref="HandsOffException">The ratio is no number.</exception>
    public static TelemetryOptions Of(SiloSettings silo, IConfiguration settings)
    {
        const string Ratio = "HandsOff:Telemetry:TraceRatio";
        double ratio = 1;
        if (settings[Ratio] is { Length: > 0 } text && !double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out ratio))
            throw HandsOffException.Usage($"{Ratio} '{text}': 0 to 1 would be right");
        var folders = new Dictionary<string, string>(StringComparer.Ordinal) { ["cache"] = silo.Cache };
        if (!BlobStores.IsAzure(silo.Store)) folders["store"] = silo.Store;
        return new TelemetryOptions
        {
            Silo = silo.Name,
            Devices = silo.Devices,
            Folders = folders,
            HasCollector = !string.IsNullOrWhiteSpace(settings[CollectorVariable]),
            TraceRatio = ratio,
        };
    }
}
