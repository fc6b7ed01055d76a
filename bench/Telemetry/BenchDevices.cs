using HandsOff.Bench.Datasets;
using HandsOff.Core.Datasets;
using HandsOff.Core.Pairs;
using HandsOff.Grains.Diagnostics;
using HandsOff.Grains.Nodes;
using TorchSharp;

namespace HandsOff.Bench.Telemetry;

/// <summary>One node, of a pair or, without one, of an engine that costs nothing.</summary>
internal sealed class BenchDevices(Pair? pair, StoreMeter meter) : INodeDevices, IEngineFactory
{
    public IReadOnlyList<string> Names => ["cpu:0"];

    public IShardRunner CreateRunner(string device) => new DeviceShardRunner(device, this, TimeProvider.System, meter);

    public ISampleEngine Load(string pairName, string pairDigest, string device) => pair is null ? new BlankEngine() : PairEngine.Open(pair, torch.CPU);
}
