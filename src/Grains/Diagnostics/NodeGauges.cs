using System.Diagnostics.Metrics;
using HandsOff.Grains.Nodes;

namespace HandsOff.Grains.Diagnostics;

/// <summary>Gauges of this silo's nodes: state, shards in work, the stages' shares and the bottleneck.</summary>
public sealed class NodeGauges
{
    private static readonly NodeState[] s_states = Enum.GetValues<NodeState>();

    private readonly LocalNodes _nodes;

    public NodeGauges(IMeterFactory factory, LocalNodes nodes)
    {
        _nodes = nodes;
        var meter = factory.Create(HandsOffMeter.Name);
        meter.CreateObservableGauge("handsoff.node.state", () => Each(States), unit: null, "1 for the state that a node is in: idle, working, draining, stopped.");
        meter.CreateObservableGauge("handsoff.node.shards", () => Each(n => [(n.Shards, [])]), "{shard}", "Shards in a node's pipeline.");
        meter.CreateObservableGauge("handsoff.stage.share", () => Each(Shares), unit: null, "Share of the last half minute that a node's stage worked or waited, 0 to 1.");
        meter.CreateObservableGauge("handsoff.node.bottleneck", () => Each(Bottleneck), unit: null, "1 for what bounds a node's rate: device, encode, upload, idle.");
    }

    private static IEnumerable<(double, KeyValuePair<string, object?>[])> States(NodeStatus n) =>
        s_states.Select(s => (n.State == s ? 1.0 : 0.0, new KeyValuePair<string, object?>[] { new("state", s.ToString().ToLowerInvariant()) }));

    private static IEnumerable<(double, KeyValuePair<string, object?>[])> Bottleneck(NodeStatus n) =>
        StageShares.Bottlenecks.Select(b => (n.Stages.Bottleneck == b ? 1.0 : 0.0, new KeyValuePair<string, object?>[] { new("bottleneck", b) }));

    private static IEnumerable<(double, KeyValuePair<string, object?>[])> Shares(NodeStatus n)
    {
        var s = n.Stages;
        yield return One("generate", "worked", s.Generate);
        yield return One("label", "worked", s.Label);
        yield return One("device", "waited", s.DeviceWait);
        yield return One("encode", "worked", s.Encode);
        yield return One("encode", "waited", s.EncodeWait);
        yield return One("upload", "worked", s.Upload);
        yield return One("upload", "waited", s.UploadWait);
        yield return One("commit", "worked", s.Commit);

        static (double, KeyValuePair<string, object?>[]) One(string stage, string state, double share) => (share, [new("stage", stage), new("state", state)]);
    }

    private List<Measurement<double>> Each(Func<NodeStatus, IEnumerable<(double Value, KeyValuePair<string, object?>[] Tags)>> of) =>
        [.. _nodes.All.Select(n => n.Status).SelectMany(n => of(n).Select(m => new Measurement<double>(m.Value, [new("node", n.Node), .. m.Tags])))];
}
