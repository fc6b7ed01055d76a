using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace HandsOff.Silo.Health;

/// <summary>
/// Lives: the process's own clock-work turns (see <see cref="Pulse"/>). Neither grains nor storage are asked: their failures are no reason
/// to restart this process.
/// </summary>
internal sealed class LiveCheck(Pulse pulse) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var silent = pulse.Silent;
        return Task.FromResult(silent < Pulse.Patience ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy($"no background work has run for {silent.TotalSeconds:0} s"));
    }
}
