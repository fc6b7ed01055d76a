using HandsOff.Core.Datasets;
using HandsOff.Grains.Diagnostics;
using HandsOff.Grains.Nodes;

namespace HandsOff.Silo.Tests.Telemetry;

/// <summary>Two nodes of plain engines.</summary>
internal sealed class PlainDevices(TimeSpan perBatch, StoreMeter meter) : INodeDevices, IEngineFactory
{
    public IReadOnlyList<string> Names => ["cpu:0", "cpu:1"];

    public IShardRunner CreateRunner(string device) => new DeviceShardRunner(device, this, TimeProvider.System, meter);

    public ISampleEngine Load(string pairName, string pairDigest, string device) => new PlainEngine(perBatch);
}
