using OpenTelemetry.Trace;

namespace HandsOff.Silo.Telemetry;

/// <summary>
/// Drops what nodes and coordinators tell each other every second of their lives. Such a call that belongs to a request (it has a parent) is
/// decided by the parent and never comes here.
/// </summary>
internal sealed class HeartbeatSampler(Sampler others) : Sampler
{
    private static readonly HashSet<string> s_heartbeats = new(StringComparer.Ordinal) { "Exchange", "Attach", "Detach", "Open", "Close", "Request", "Status", "Nodes", "Wake" };

    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters)
    {
        string name = samplingParameters.Name;
        int slash = name.LastIndexOf('/');
        bool heartbeat = slash > 0 && name.Contains("Grain", StringComparison.Ordinal) && s_heartbeats.Contains(name[(slash + 1)..]);
        return heartbeat ? new SamplingResult(SamplingDecision.Drop) : others.ShouldSample(samplingParameters);
    }
}
