using HandsOff.Grains.Nodes;
using HandsOff.Silo.Health;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace HandsOff.Silo.Tests.Health;

public sealed class HealthTests
{
    [Fact]
    public async Task A_process_whose_background_work_stands_still_is_not_alive()
    {
        var time = new FakeTimeProvider();
        using var pulse = new Pulse(time);
        var check = new LiveCheck(pulse);
        Assert.Equal(HealthStatus.Healthy, (await check.CheckHealthAsync(new HealthCheckContext())).Status);
        time.Advance(Pulse.Patience + TimeSpan.FromSeconds(1)); // it was never started: nothing beats
        Assert.Equal(HealthStatus.Unhealthy, (await check.CheckHealthAsync(new HealthCheckContext())).Status);
    }

    [Fact]
    public async Task A_silo_that_leaves_is_not_ready()
    {
        var life = new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance);
        var check = new ReadyCheck(new LocalNodes(), life);
        Assert.Equal(HealthStatus.Healthy, (await check.CheckHealthAsync(new HealthCheckContext())).Status); // no devices: it only answers requests
        life.StopApplication();
        var leaving = await check.CheckHealthAsync(new HealthCheckContext());
        Assert.Equal((HealthStatus.Unhealthy, "the silo is leaving"), (leaving.Status, leaving.Description));
    }
}
