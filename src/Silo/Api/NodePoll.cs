using HandsOff.Core.Diagnostics;
using HandsOff.Grains.Diagnostics;
using HandsOff.Grains.Nodes;
using HandsOff.Grains.Scheduling;
using Orleans.Runtime;

namespace HandsOff.Silo.Api;

/// <summary>The nodes, look by look: those the scheduler hears, and those whose silo is gone. One caller at a time.</summary>
internal sealed class NodePoll(IGrainFactory grains, IClusterMembershipService membership, TimeProvider time)
{
    private static readonly TimeSpan s_forget = TimeSpan.FromMinutes(10), s_patience = TimeSpan.FromSeconds(3);

    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    public async Task<IReadOnlyList<NodeView>> LookAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        foreach (var status in await HeardAsync(cancellationToken))
        {
            if (!_entries.TryGetValue(status.Node, out var entry) || status.SamplesDone < entry.Status.SamplesDone)
                _entries[status.Node] = entry = new Entry(status, new ProgressRate(time, TimeSpan.FromMinutes(1)));
            entry.Rate.Add(status.SamplesDone);
            (entry.Status, entry.Heard) = (status, now);
        }

        var silos = membership.CurrentSnapshot.Members.Values.Where(m => m.Status == SiloStatus.Active).Select(m => m.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var entry in _entries.Values) entry.Lost = !silos.Contains(Silo(entry.Status.Node));
        foreach (string old in _entries.Where(e => now - e.Value.Heard > s_forget).Select(e => e.Key).ToArray()) _entries.Remove(old);
        return [.. _entries.Values.Select(View).OrderBy(n => n.Node, StringComparer.Ordinal)];
    }

    /// <summary>The nodes that the scheduler hears; none where it does not answer in time, and what was seen last stands.</summary>
    private async Task<IReadOnlyCollection<NodeStatus>> HeardAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await grains.GetGrain<IClusterSchedulerGrain>(0).Nodes().WaitAsync(s_patience, time, cancellationToken);
        }
        catch (Exception e) when (ClusterTrouble.Is(e, cancellationToken))
        {
            return []; // it is moving, or its silo is frozen
        }
    }

    private static string Silo(string node) => node[..node.IndexOf('/', StringComparison.Ordinal)];

    private static NodeView View(Entry entry)
    {
        var status = entry.Status;
        string silo = Silo(status.Node);
        bool at = !entry.Lost && status.State is NodeState.Working or NodeState.Draining;
        return new NodeView
        {
            Node = status.Node,
            Silo = silo,
            Device = status.Node[(silo.Length + 1)..],
            State = entry.Lost ? status.State == NodeState.Stopped ? "left" : "lost" : status.State.ToString().ToLowerInvariant(),
            Shards = entry.Lost ? 0 : status.Shards,
            ShardsDone = status.ShardsDone,
            SamplesDone = status.SamplesDone,
            Rate = entry.Lost ? 0 : Math.Round(entry.Rate.PerSecond, 2),
            Bottleneck = at ? status.Stages.Bottleneck : "idle",
            Pairs = status.Pairs,
            LastError = status.LastError,
        };
    }

    private sealed class Entry(NodeStatus status, ProgressRate rate)
    {
        public NodeStatus Status { get; set; } = status;

        public ProgressRate Rate => rate;

        public DateTimeOffset Heard { get; set; }

        public bool Lost { get; set; }
    }
}
