using HandsOff.Grains.Nodes;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Orleans.Runtime;

namespace HandsOff.Silo.Health;

/// <summary>Started: the silo has joined and its devices have their workers. Local knowledge only.</summary>
internal sealed class StartupCheck(ILocalSiloDetails silo, IClusterMembershipService membership, INodeDevices devices, LocalNodes nodes) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        bool joined = membership.CurrentSnapshot.Members.TryGetValue(silo.SiloAddress, out var member) && member.Status is SiloStatus.Active;
        int missing = devices.Names.Count - nodes.All.Count;
        return Task.FromResult(
            !joined ? HealthCheckResult.Unhealthy("the silo has not joined the cluster")
            : missing > 0 ? HealthCheckResult.Unhealthy($"{missing} devices have no worker yet")
            : HealthCheckResult.Healthy());
    }
}
