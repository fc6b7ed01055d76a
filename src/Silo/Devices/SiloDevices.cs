using HandsOff.Grains.Diagnostics;
using HandsOff.Grains.Nodes;

namespace HandsOff.Silo.Devices;

/// <summary>The devices of this process.</summary>
internal sealed class SiloDevices(IReadOnlyList<string> devices, IEngineFactory engines, StoreMeter meter, TimeProvider time) : INodeDevices
{
    public IReadOnlyList<string> Names => devices;

    public IShardRunner CreateRunner(string device) => new DeviceShardRunner(device, engines, time, meter);
}
