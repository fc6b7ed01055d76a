namespace HandsOff.Grains.Scheduling;

/// <summary>The leases in force: by id, by shard, and in the order in which they run out.</summary>
internal sealed class LeaseTable
{
    private readonly Dictionary<string, ShardLease> _byId = new(StringComparer.Ordinal);
    private readonly PriorityQueue<string, (DateTimeOffset, string)> _expiry = new();

    /// <summary>The leases, in no order.</summary>
    public IReadOnlyCollection<ShardLease> All => _byId.Values;

    /// <summary>The leases of each shard that somebody works on: one, or two where there is a backup.</summary>
    public Dictionary<int, List<ShardLease>> ByShard { get; } = [];

    /// <summary>What its memory follows.</summary>
    public int Entries => (2 * _byId.Count) + _expiry.Count;

    public ShardLease? Find(string id) => _byId.GetValueOrDefault(id);

    public bool IsHeld(int shard) => ByShard.ContainsKey(shard);

    /// <summary>The leases of a shard; the list is the caller's.</summary>
    public ShardLease[] Of(int shard) => ByShard.TryGetValue(shard, out var leases) ? [.. leases] : [];

    public void Add(ShardLease lease)
    {
        _byId.Add(lease.Id, lease);
        if (!ByShard.TryGetValue(lease.Shard, out var leases)) ByShard.Add(lease.Shard, leases = new List<ShardLease>(1));
        leases.Add(lease);
        _expiry.Enqueue(lease.Id, (lease.Expires, lease.Id));
        if (_expiry.Count > 2 * _byId.Count + 64) ForgetEnded();
    }

    public void Remove(ShardLease lease)
    {
        _byId.Remove(lease.Id);
        var leases = ByShard[lease.Shard];
        leases.Remove(lease);
        if (leases.Count == 0) ByShard.Remove(lease.Shard);
    }

    /// <summary>A lease that nobody renewed in time, the earliest first; null when there is none. The caller removes it.</summary>
    public ShardLease? NextExpired(DateTimeOffset now)
    {
        while (_expiry.TryPeek(out string? id, out var due) && due.Item1 <= now)
        {
            _expiry.Dequeue();
            if (!_byId.TryGetValue(id, out var lease)) continue;
            if (lease.Expires <= now) return lease;
            _expiry.Enqueue(id, (lease.Expires, id)); // renewed since: look again then
        }

        return null;
    }

    /// <summary>Drops the expiry entries of leases that ended otherwise, or a fast dataset would keep 30 s of them.</summary>
    private void ForgetEnded()
    {
        _expiry.Clear();
        foreach (var lease in _byId.Values) _expiry.Enqueue(lease.Id, (lease.Expires, lease.Id));
    }
}
