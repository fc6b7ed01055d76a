using HandsOff.Core;
using HandsOff.Grains.Diagnostics;
using HandsOff.Grains.Nodes;
using HandsOff.Grains.Scheduling;

namespace HandsOff.Client.Cluster.Errands;

/// <summary>
/// Gives single pieces of work to the cluster's nodes, a few at once each, the least busy first. A node that does not answer, or is draining, has its piece asked of
/// another; nodes that come meanwhile are found.
/// </summary>
/// <param name="cluster">What messages call the cluster.</param>
/// <param name="grains">Its grains.</param>
/// <param name="can">Which nodes can do the work.</param>
/// <param name="options">How patient.</param>
/// <param name="time">The clock.</param>
internal sealed class NodePool(string cluster, IGrainFactory grains, Func<NodeStatus, bool> can, HandsOffClientOptions options, TimeProvider time)
{
    // Two, so that a device works while the next shard is being read.
    private const int AtOnce = 2, MostFailures = 3, FewTroubles = 5;
    private static readonly TimeSpan s_fresh = TimeSpan.FromSeconds(2), s_setAside = TimeSpan.FromSeconds(5), s_look = TimeSpan.FromMilliseconds(200), s_patience = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _busy = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DateTimeOffset> _aside = new(StringComparer.Ordinal);
    private IReadOnlyList<string> _nodes = [];
    private string _none = "";
    private DateTimeOffset _looked = DateTimeOffset.MinValue;
    private Task _looking = Task.CompletedTask;

    /// <summary>A piece's answer, from whichever node does it.</summary>
    /// <param name="what">The piece, for messages.</param>
    /// <param name="ask">Asks a node; null means that it is at work and is asked again.</param>
    /// <param name="cancellationToken">Stops asking.</param>
    /// <exception cref="HandsOffException">No node is to be had, the piece failed for a reason that no other node mends, or on several nodes.</exception>
    public async Task<T> RunAsync<T>(string what, Func<IGpuNodeGrain, Task<T?>> ask, CancellationToken cancellationToken)
        where T : class
    {
        long? troubled = null;
        for (int troubles = 1, failures = 0; ; troubles++)
        {
            string node = await TakeAsync(cancellationToken);
            try
            {
                while (true)
                {
                    if (await ask(grains.GetGrain<IGpuNodeGrain>(node)).WaitAsync(cancellationToken) is { } answer) return answer;
                }
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested && e is not HandsOffException { IsTransient: false })
            {
                string trouble = $"{node}: {ClusterCalls.Brief(e)}";
                bool passing = ClusterTrouble.Is(e, cancellationToken) || e is HandsOffException;
                if (!passing && ++failures >= MostFailures) throw new HandsOffException($"{what}: failed on {failures} tries, the last on {trouble}", HandsOffException.Failed, e);
                troubled ??= time.GetTimestamp();
                if (troubles >= FewTroubles && time.GetElapsedTime(troubled.Value) >= options.Patience)
                    throw new HandsOffException($"{what}: not done in {options.Patience.TotalSeconds:0} s of trying ({trouble})", HandsOffException.Failed, e);
                lock (_lock) _aside[node] = time.GetUtcNow() + s_setAside;
            }
            finally
            {
                lock (_lock) _busy[node]--;
            }
        }
    }

    /// <summary>The least busy node that has a place free; waits for one.</summary>
    private async Task<string> TakeAsync(CancellationToken cancellationToken)
    {
        long? without = null;
        while (true)
        {
            Task looking;
            lock (_lock)
            {
                // One asks for all, and not whom it asked a moment ago.
                if (_looking.IsCompleted && time.GetUtcNow() - _looked >= s_fresh) _looking = LookAsync();
                looking = _looking;
            }

            await looking.WaitAsync(cancellationToken);
            lock (_lock)
            {
                var now = time.GetUtcNow();
                string? free = _nodes.Where(n => Busy(n) < AtOnce && _aside.GetValueOrDefault(n) <= now).OrderBy(Busy).FirstOrDefault();
                if (free is not null)
                {
                    _busy[free] = Busy(free) + 1;
                    return free;
                }
            }

            if (_nodes.Count > 0) without = null;
            else if (time.GetElapsedTime(without ??= time.GetTimestamp()) >= s_patience) throw new HandsOffException($"{cluster}: {_none}");
            await Task.Delay(s_look, time, cancellationToken);
        }

        int Busy(string node) => _busy.GetValueOrDefault(node);
    }

    /// <summary>Who is there now.</summary>
    private async Task LookAsync()
    {
        var all = await new ClusterCalls(cluster, options.Patience, time).AskAsync(() => grains.GetGrain<IClusterSchedulerGrain>(0).Nodes(), CancellationToken.None);
        var able = all.Where(can).ToArray();
        string[] ready = [.. able.Where(n => n.State is not (NodeState.Draining or NodeState.Stopped)).Select(n => n.Node)];
        string none = all.Length == 0 ? "has no node; 'handsoff silo' starts one"
            : able.Length == 0 ? $"has no node that can make samples ({string.Join(", ", all.Take(10).Select(n => n.Node))}); all silos should be of one version"
            : "all of its nodes are draining; 'handsoff drain NODE --undo' lets one take work again";
        lock (_lock) (_nodes, _none, _looked) = (ready, none, time.GetUtcNow());
    }
}
