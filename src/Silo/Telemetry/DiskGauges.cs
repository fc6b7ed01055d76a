using System.Diagnostics.Metrics;
using HandsOff.Grains.Diagnostics;

namespace HandsOff.Silo.Telemetry;

/// <summary>Size of the disks that the silo writes to, and what is left of them.</summary>
internal sealed class DiskGauges
{
    private readonly TelemetryOptions _options;

    public DiskGauges(IMeterFactory factory, TelemetryOptions options)
    {
        _options = options;
        var meter = factory.Create(HandsOffMeter.Name);
        meter.CreateObservableGauge("handsoff.disk.available", () => Each(d => d.AvailableFreeSpace), "By", "Bytes left on the disk of a folder: store, cache.");
        meter.CreateObservableGauge("handsoff.disk.size", () => Each(d => d.TotalSize), "By", "Size of the disk of a folder: store, cache.");
    }

    private IEnumerable<Measurement<long>> Each(Func<DriveInfo, long> of)
    {
        foreach (var (purpose, path) in _options.Folders)
        {
            long bytes;
            try
            {
                bytes = of(new DriveInfo(Path.GetFullPath(path)));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                continue; // not there yet, or gone: no figure
            }

            yield return new Measurement<long>(bytes, new("silo", _options.Silo), new("folder", purpose));
        }
    }
}
