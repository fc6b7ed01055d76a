using HandsOff.Core.Datasets.Timing;

namespace HandsOff.Core.Datasets.Production;

/// <summary>
/// Chooses what the device makes next, filling micro-batches across shards and pending redraws. Pure bookkeeping under a
/// lock; which samples share a batch changes no bit of them. Counts the samples between the device and the tar (the
/// window) so that memory stays bounded however slow the upload.
/// </summary>
internal sealed class BatchFiller(int microBatch, int window)
{
    private readonly Lock _lock = new();
    private readonly List<ActiveShard> _shards = [];
    private int _open;
    private int _downstream;

    /// <summary>Samples begun and not yet written or dropped.</summary>
    public int Open { get { lock (_lock) return _open; } }

    public bool IsEmpty { get { lock (_lock) return _shards.Count == 0; } }

    public void Add(ActiveShard shard)
    {
        lock (_lock) _shards.Add(shard);
    }

    /// <summary>Forgets a shard, finished or not. Its samples under way are dropped by whoever meets them.</summary>
    public void Remove(ActiveShard shard)
    {
        lock (_lock)
        {
            shard.Dead = true;
            _open -= shard.Redraws.Count;
            shard.Redraws.Clear();
            _shards.Remove(shard);
        }
    }

    /// <summary>
    /// The next micro-batch, or null when there is none now. A partial one is given only when nothing can fill it:
    /// no shard has more to draw and nothing is in flight that might, or all waits for a redraw.
    /// </summary>
    public MicroBatch? TryTake(bool inFlight, out ActiveShard? waiting)
    {
        lock (_lock)
        {
            waiting = null;
            var first = _shards.Find(s => s.Redraws.Count > 0 || s.NextNew < s.End);
            if (first is null) return null;
            var shards = _shards.FindAll(s => s.Recipe == first.Recipe);
            long redraws = shards.Sum(s => (long)s.Redraws.Count), fresh = shards.Sum(s => s.End - s.NextNew);
            int again = (int)Math.Min(redraws, microBatch), wanted = (int)Math.Min(fresh, microBatch - again);
            int taken = Math.Min(wanted, window - _open);
            bool noRoom = taken < wanted;
            if (again + taken < microBatch)
            {
                if (inFlight) return null;
                if (noRoom && _downstream > 0) { waiting = first; return null; }
            }

            if (again + taken == 0) { waiting = first; return null; }
            return Take(first.Recipe, shards, again, taken);
        }
    }

    /// <summary>
    /// Takes in what the engine made of a batch: each sample is accepted (true) to be encoded, or drawn again, or dropped. Calls
    /// <paramref name="accept"/> outside the lock.
    /// </summary>
    public void Deliver(MicroBatch batch, RawSample[] samples, BatchTime time, Action<ActiveShard, RawSample, bool> accept)
    {
        for (int i = 0; i < batch.Keys.Length; i++)
        {
            var (shard, key, request) = (batch.Shards[i], batch.Keys[i], batch.Shards[i].Format.Request);
            bool uncertain;
            lock (_lock)
            {
                shard.Timeline.Add(ShardStage.Generate, time.Start, time.Middle, (time.Middle - time.Start) / (double)batch.Keys.Length);
                if (time.LabelShare > 0) shard.Timeline.Add(ShardStage.Label, time.Middle, time.End, (time.End - time.Middle) / (double)batch.Keys.Length);
                if (shard.Dead) { _open--; continue; }
                uncertain = samples[i].Uncertainty > request.UncertaintyCut;
                if (uncertain && key.Attempt + 1 < request.MaxAttempts)
                {
                    shard.Rejected++;
                    shard.Redraws.Enqueue(key with { Attempt = key.Attempt + 1 }, key.Index);
                    continue;
                }

                if (uncertain) shard.Flagged++;
                _downstream++;
            }

            accept(shard, samples[i], uncertain);
        }
    }

    /// <summary>Fails every shard in work.</summary>
    public void FailAll(Exception error)
    {
        lock (_lock)
            foreach (var shard in _shards) shard.Fail(error);
    }

    /// <summary>A batch that failed: its samples are gone, and their shards with them.</summary>
    public void Abandon(MicroBatch batch)
    {
        lock (_lock) _open -= batch.Keys.Length;
    }

    /// <summary>An accepted sample left the way (<paramref name="processed"/>), and of those that did <paramref name="released"/> are written or dropped.</summary>
    public void Done(int processed, int released)
    {
        lock (_lock)
        {
            _downstream -= processed;
            _open -= released;
        }
    }

    private MicroBatch Take(SampleRecipe recipe, List<ActiveShard> shards, int again, int taken)
    {
        var keys = new SampleKey[again + taken];
        var owners = new ActiveShard[again + taken];
        int n = 0;
        foreach (var shard in shards)
            for (; n < again && shard.Redraws.Count > 0; n++) (keys[n], owners[n]) = (shard.Redraws.Dequeue(), shard);
        foreach (var shard in shards)
            for (; n < keys.Length && shard.NextNew < shard.End; n++) (keys[n], owners[n]) = (new SampleKey(shard.NextNew++, 0), shard);
        _open += taken;
        return new MicroBatch(recipe, keys, owners);
    }
}
