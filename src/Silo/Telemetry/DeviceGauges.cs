using System.Diagnostics.Metrics;
using System.Globalization;
using HandsOff.Grains.Diagnostics;

namespace HandsOff.Silo.Telemetry;

/// <summary>
/// Memory of the silo's devices, and how busy its GPUs are. A GPU's figures come from NVIDIA's management library and include other
/// processes on it; the CPU's memory is what this process has resident, shared by its nodes.
/// </summary>
internal sealed class DeviceGauges
{
    private readonly TelemetryOptions _options;
    private readonly Nvml? _nvml;
    private readonly TimeProvider _time;
    private (long Timestamp, TimeSpan Cpu, double Share) _processor;

    public DeviceGauges(IMeterFactory factory, TelemetryOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        _processor = (time.GetTimestamp(), Environment.CpuUsage.TotalTime, 0);
        if (Cuda.Any()) _nvml = Nvml.TryOpen();
        var meter = factory.Create(HandsOffMeter.Name);
        meter.CreateObservableGauge("handsoff.device.memory", Memory, "By", "Memory of a device, by kind: used, total.");
        meter.CreateObservableGauge("handsoff.device.utilization", Utilization, unit: null, "A GPU: share of the last moments that a kernel ran; the CPU: this process's share of the cores. 0 to 1.");
    }

    private IEnumerable<(string Device, int Index)> Cuda =>
        _options.Devices.Where(d => d.StartsWith("cuda:", StringComparison.Ordinal)).Select(d => (d, int.Parse(d.AsSpan(5), CultureInfo.InvariantCulture)));

    private bool HasCpu => _options.Devices.Any(d => !d.StartsWith("cuda:", StringComparison.Ordinal));

    private IEnumerable<Measurement<long>> Memory()
    {
        if (HasCpu)
        {
            yield return Of("cpu", "used", Environment.WorkingSet);
            yield return Of("cpu", "total", GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        }

        foreach (var (device, index) in Cuda)
        {
            if (_nvml?.Memory(index) is not { } memory) continue;
            yield return Of(device, "used", memory.Used);
            yield return Of(device, "total", memory.Total);
        }
    }

    private IEnumerable<Measurement<double>> Utilization()
    {
        if (HasCpu) yield return new Measurement<double>(Processor(), new("silo", _options.Silo), new("device", "cpu"));
        foreach (var (device, index) in Cuda)
        {
            if (_nvml?.Utilization(index) is { } share) yield return new Measurement<double>(share, new("silo", _options.Silo), new("device", device));
        }
    }

    private Measurement<long> Of(string device, string kind, long bytes) => new(bytes, new("silo", _options.Silo), new("device", device), new("kind", kind));

    /// <summary>The process's share of the cores since it was last asked, but over a second at least: several may ask.</summary>
    private double Processor()
    {
        var passed = _time.GetElapsedTime(_processor.Timestamp);
        if (passed < TimeSpan.FromSeconds(1)) return _processor.Share;
        var cpu = Environment.CpuUsage.TotalTime;
        double share = (cpu - _processor.Cpu) / passed / Environment.ProcessorCount;
        _processor = (_time.GetTimestamp(), cpu, Math.Clamp(share, 0, 1));
        return _processor.Share;
    }
}
