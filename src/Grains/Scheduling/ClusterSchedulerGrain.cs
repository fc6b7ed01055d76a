using System.Collections.Immutable;
using HandsOff.Grains.Coordination;
using HandsOff.Grains.Nodes;

namespace HandsOff.Grains.Scheduling;

/// <inheritdoc cref="IClusterSchedulerGrain"/>
[KeepAlive]
internal sealed class ClusterSchedulerGrain(TimeProvider time) : Grain, IClusterSchedulerGrain
{
    // Datasets and nodes speak up every few seconds; four silent rounds and they are gone.
    private static readonly TimeSpan s_memory = TimeSpan.FromSeconds(20);

    private readonly Dictionary<string, (DatasetShare Share, DateTimeOffset Heard)> _datasets = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (NodeStatus Status, DateTimeOffset Heard)> _nodes = new(StringComparer.Ordinal);

    public Task Open(DatasetShare dataset)
    {
        bool isNew = !_datasets.ContainsKey(dataset.Dataset);
        _datasets[dataset.Dataset] = (dataset, time.GetUtcNow());
        if (isNew)
        {
            foreach (string node in _nodes.Keys) GrainFactory.GetGrain<IGpuNodeGrain>(node).Wake().Ignore();
        }

        return Task.CompletedTask;
    }

    public Task Close(string dataset)
    {
        _datasets.Remove(dataset);
        return Task.CompletedTask;
    }

    public Task<ImmutableArray<DatasetShare>> Attach(NodeStatus node)
    {
        var now = time.GetUtcNow();
        _nodes[node.Node] = (node, now);
        foreach (string silent in _datasets.Where(d => now - d.Value.Heard > s_memory).Select(d => d.Key).ToArray()) _datasets.Remove(silent);
        return Task.FromResult(_datasets.Values.Select(d => d.Share).ToImmutableArray());
    }

    public Task Detach(string node)
    {
        _nodes.Remove(node);
        return Task.CompletedTask;
    }

    public Task NodeGone(string silo)
    {
        foreach (string node in _nodes.Keys.Where(n => n.StartsWith(silo + "/", StringComparison.Ordinal)).ToArray()) _nodes.Remove(node);
        foreach (string dataset in _datasets.Keys) GrainFactory.GetGrain<IDatasetCoordinatorGrain>(dataset).Forget(silo).Ignore();
        return Task.CompletedTask;
    }

    public Task<ImmutableArray<NodeStatus>> Nodes()
    {
        var now = time.GetUtcNow();
        foreach (string silent in _nodes.Where(n => now - n.Value.Heard > s_memory).Select(n => n.Key).ToArray()) _nodes.Remove(silent);
        return Task.FromResult(_nodes.Values.Select(n => n.Status).OrderBy(n => n.Node, StringComparer.Ordinal).ToImmutableArray());
    }
}
