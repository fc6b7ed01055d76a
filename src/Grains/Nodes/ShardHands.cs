using HandsOff.Grains.Coordination;
using HandsOff.Grains.Diagnostics;

namespace HandsOff.Grains.Nodes;

/// <summary>The shards that a node has in hand, made beside each other. One loop owns them; only their ends come from elsewhere.</summary>
/// <param name="node">Whose.</param>
/// <param name="runner">Makes them.</param>
/// <param name="slots">How many at once.</param>
/// <param name="closed">Whether nothing new may be taken.</param>
/// <param name="ended">Called when a shard has ended, on any thread.</param>
internal sealed class ShardHands(string node, IShardRunner runner, int slots, Func<bool> closed, Action ended)
{
    private readonly Dictionary<string, ShardWork> _works = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly List<FinishedShard> _finished = [];

    public int Count => _works.Count;

    /// <summary>How many more may be taken now.</summary>
    public int Free => closed() ? 0 : Math.Max(0, slots - _works.Count);

    public IEnumerable<ShardWork> Works => _works.Values;

    /// <summary>The leases of a dataset that still count.</summary>
    public HeldLease[] Held(string dataset) => [.. _works.Values.Where(w => w.Dataset.Dataset == dataset && !w.Lost).Select(w => w.Held)];

    public void Begin(ShardWork work)
    {
        _works.Add(work.Grant.LeaseId, work);
        _ = Task.Run(() => MakeAsync(work), CancellationToken.None);
    }

    /// <summary>The coordinator says that a shard is of no more use.</summary>
    public void Lose(string lease)
    {
        if (_works.TryGetValue(lease, out var work)) work.Lose();
    }

    /// <summary>What is made for another request than the dataset's own is of no more use.</summary>
    public void LoseOthers(string dataset, RequestText request)
    {
        foreach (var work in _works.Values.Where(w => w.Dataset.Dataset == dataset && w.Request != request)) work.Lose();
    }

    /// <summary>Takes out what has ended since. The caller disposes the works.</summary>
    public IReadOnlyList<FinishedShard> Collect()
    {
        FinishedShard[] finished;
        lock (_gate)
        {
            finished = [.. _finished];
            _finished.Clear();
        }

        foreach (var shard in finished) _works.Remove(shard.Work.Grant.LeaseId);
        return finished;
    }

    private async Task MakeAsync(ShardWork work)
    {
        ShardDone? done = null;
        Exception? error = null;
        using (var trace = ShardTrace.Begin(node, work))
        {
            try
            {
                done = await runner.RunAsync(work.Dataset.Dataset, work.Request.Json, work.Grant, node, work.Progress, work.Token);
            }
            catch (Exception e)
            {
                error = e;
            }

            trace.End(done, error, work.Lost);
        }

        lock (_gate) _finished.Add(new FinishedShard(work, done, error));
        ended();
    }
}
