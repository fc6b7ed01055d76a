namespace HandsOff.Grains.Scheduling;

/// <summary>Shards that came back (failed, expired, returned, reopened), each with the earliest time of its next try.</summary>
internal sealed class RetryQueue
{
    private readonly Dictionary<int, DateTimeOffset> _waiting = [];
    private readonly PriorityQueue<int, (DateTimeOffset, int)> _order = new();

    public int Count => _waiting.Count;

    public bool Contains(int shard) => _waiting.ContainsKey(shard);

    public void Add(int shard, DateTimeOffset notBefore)
    {
        _waiting[shard] = notBefore;
        _order.Enqueue(shard, (notBefore, shard));
    }

    public bool Remove(int shard) => _waiting.Remove(shard);

    /// <summary>Takes the shard that has been ready longest; null when none is ready.</summary>
    public int? Take(DateTimeOffset now)
    {
        if (Next() is not { } ready || ready > now) return null;
        int shard = _order.Dequeue();
        _waiting.Remove(shard);
        return shard;
    }

    /// <summary>When the next shard is ready; null when none waits.</summary>
    public DateTimeOffset? Next()
    {
        while (_order.TryPeek(out int shard, out var key))
        {
            if (_waiting.TryGetValue(shard, out var notBefore) && notBefore == key.Item1) return notBefore;
            _order.Dequeue(); // removed, or waiting at another time since
        }

        return null;
    }
}
