using Microsoft.Extensions.Hosting;

namespace HandsOff.Silo.Telemetry;

/// <summary>Holds the gauges that nobody else asks for: they are made with the host.</summary>
internal sealed class GaugeHost(DeviceGauges devices, DiskGauges disks) : IHostedService
{
    public (DeviceGauges Devices, DiskGauges Disks) Gauges { get; } = (devices, disks);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
