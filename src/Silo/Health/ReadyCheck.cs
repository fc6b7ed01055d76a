using HandsOff.Grains.Nodes;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace HandsOff.Silo.Health;

/// <summary>Takes work: not leaving, and not every node of it drained. A silo without devices only answers requests, and is ready.</summary>
internal sealed class ReadyCheck(LocalNodes nodes, IHostApplicationLifetime life) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var all = nodes.All;
        return Task.FromResult(
            life.ApplicationStopping.IsCancellationRequested ? HealthCheckResult.Unhealthy("the silo is leaving")
            : all.Count > 0 && all.All(n => n.Status.State is NodeState.Draining or NodeState.Stopped) ? HealthCheckResult.Unhealthy("its nodes are drained")
            : HealthCheckResult.Healthy());
    }
}
