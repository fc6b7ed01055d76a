using HandsOff.Grains.Diagnostics;
using HandsOff.Grains.Nodes;
using Microsoft.Extensions.Options;

namespace HandsOff.Silo.Devices;

/// <summary>The devices of this process.</summary>
internal sealed class SiloDevices(IReadOnlyList<string> devices, IEngineFactory engines, StoreMeter meter, IOptions<NodeOptions> options, TimeProvider time) : INodeDevices
{
    public IReadOnlyList<string> Names => devices;

    public IShardRunner CreateRunner(string device) => new DeviceShardRunner(device, engines, time, meter, options.Value);
}
