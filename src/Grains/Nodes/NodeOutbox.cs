using System.Collections.Immutable;
using HandsOff.Grains.Coordination;

namespace HandsOff.Grains.Nodes;

/// <summary>What a node has still to tell a dataset's coordinator. Entries leave only when an answer has come.</summary>
internal sealed class NodeOutbox
{
    public List<ShardDone> Done { get; } = [];

    public List<ShardFailed> Failed { get; } = [];

    public List<string> Returned { get; } = [];

    public bool IsEmpty => Done.Count + Failed.Count + Returned.Count == 0;

    public NodeReport Report(string node, long epoch, long sequence, int want, IEnumerable<HeldLease> held, RequestText? request) => new()
    {
        Node = node,
        Epoch = epoch,
        Sequence = sequence,
        Request = request?.Sha256 ?? "",
        Want = want,
        Done = [.. Done],
        Failed = [.. Failed],
        Returned = [.. Returned],
        Held = [.. held],
    };

    /// <summary>Forgets all: it is of no more use to anybody.</summary>
    public void Clear()
    {
        Done.Clear();
        Failed.Clear();
        Returned.Clear();
    }

    public void Told(NodeReport report)
    {
        Done.RemoveAll(report.Done.Contains);
        Failed.RemoveAll(report.Failed.Contains);
        Returned.RemoveAll(report.Returned.Contains);
    }
}
