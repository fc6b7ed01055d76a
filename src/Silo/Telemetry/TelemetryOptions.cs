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
}
