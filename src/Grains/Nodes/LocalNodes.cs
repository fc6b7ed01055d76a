using System.Collections.Concurrent;

namespace HandsOff.Grains.Nodes;

/// <summary>The workers of this silo's devices, by node name.</summary>
public sealed class LocalNodes
{
    private readonly ConcurrentDictionary<string, NodeWorker> _workers = new(StringComparer.Ordinal);

    /// <summary>The workers, in the order of their names.</summary>
    public IReadOnlyList<NodeWorker> All => [.. _workers.Values.OrderBy(w => w.Node, StringComparer.Ordinal)];

    public NodeWorker? Find(string node) => _workers.GetValueOrDefault(node);

    internal void Add(NodeWorker worker)
    {
        if (!_workers.TryAdd(worker.Node, worker)) throw new InvalidOperationException($"node {worker.Node} exists already");
    }
}
