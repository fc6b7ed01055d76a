namespace HandsOff.Grains.Scheduling;

/// <summary>
/// Who works on which shard: the coordinator's pure state machine. A shard is pending, leased, committed or poison, and
/// exactly one of these. Time is handed in, nothing is random, nothing is awaited: the same calls give the same answers.
/// Safety does not rest on it (the create-only receipt decides); it only keeps work from being done twice or never.
/// </summary>
public sealed class ShardLedger
{
    private static readonly TimeSpan s_memory = TimeSpan.FromMinutes(30);

    private readonly LedgerOptions _options;
    private readonly string _life;
    private readonly ShardSet _committed = new();
    private readonly RetryQueue _retry = new();
    private readonly LeaseTable _leases = new();
    private readonly Dictionary<string, NodeRecord> _nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<int, (int Failures, int Losses)> _troubles = [];
    private readonly SortedDictionary<int, PoisonShard> _poison = [];
    private readonly Dictionary<int, PoisonHunt> _hunts = [];
    private readonly HashSet<int> _cleared = [];
    private readonly Func<int, SampleRange> _samples;
    private readonly TailBackups _tail = new();
    private long _given;
    private int _next;

    /// <summary>A ledger of <paramref name="shards"/> shards.</summary>
    /// <param name="shards">How many shards the dataset has.</param>
    /// <param name="committed">Those that have a receipt already.</param>
    /// <param name="options">Its rules.</param>
    /// <param name="life">A word that no other life of this dataset's coordinator used: it makes lease ids unique.</param>
    /// <param name="samples">The samples of a shard; one each unless given.</param>
    public ShardLedger(int shards, IEnumerable<int> committed, LedgerOptions options, string life, Func<int, SampleRange>? samples = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(shards);
        Total = shards;
        _options = options;
        _life = life;
        _samples = samples ?? (shard => new SampleRange(shard, 1));
        foreach (int shard in committed)
        {
            if (shard < shards) _committed.Add(shard);
        }
    }

    /// <summary>How many shards there are.</summary>
    public int Total { get; private set; }

    /// <summary>How many are committed.</summary>
    public int Committed => _committed.Count;

    /// <summary>How many somebody works on.</summary>
    public int Leased => _leases.ByShard.Count;

    /// <summary>How many nodes it knows, those that left lately among them.</summary>
    public int Nodes => _nodes.Count;

    /// <summary>How many wait for a node.</summary>
    public int Pending => Total - Committed - Leased - _poison.Count;

    /// <summary>Shards set aside, in order.</summary>
    public IReadOnlyList<PoisonShard> Poison => [.. _poison.Values];

    /// <summary>Nodes that get nothing for a while, because they failed or fell silent again and again while others did well.</summary>
    public IEnumerable<string> Quarantined(DateTimeOffset now) => _nodes.Where(n => now < n.Value.QuarantinedUntil).Select(n => n.Key).Order(StringComparer.Ordinal);

    /// <summary>Backup leases given so far; never more than <see cref="BackupBound"/>.</summary>
    public int BackupsGiven { get; private set; }

    /// <summary>How many backup leases the rules allow in all.</summary>
    public int BackupBound => Math.Max(1, (int)(Total * _options.BackupShare));

    /// <summary>Leases that ended because nobody renewed them.</summary>
    public long Expired { get; private set; }

    /// <summary>Leases that ended with the work unfinished and no word from the node: expired ones, and those of nodes that are gone, came back anew or hang.</summary>
    public long Lost { get; private set; }

    /// <summary>Runs the committed set takes: its memory.</summary>
    public int CommittedRuns => _committed.Runs;

    /// <summary>All that the ledger holds, in entries of its tables: what its memory follows.</summary>
    internal int Entries =>
        _committed.Runs + _retry.Count + _leases.Entries + _nodes.Count + _troubles.Count + _poison.Count + _hunts.Count + _cleared.Count;

    /// <summary>Leases in force, by shard.</summary>
    public IEnumerable<ShardLease> Leases => _leases.All.OrderBy(l => l.Shard).ThenBy(l => l.Id, StringComparer.Ordinal);

    /// <summary>The same in no order: there may be many.</summary>
    internal IEnumerable<ShardLease> AllLeases => _leases.All;

    /// <summary>The lease is in force.</summary>
    public bool Holds(string leaseId) => _leases.Find(leaseId) is not null;

    public bool IsCommitted(int shard) => _committed.Contains(shard);

    /// <summary>Every shard is committed.</summary>
    public bool IsComplete => _committed.Count == Total;

    /// <summary>Nothing is left to do: each shard is committed or set aside.</summary>
    public bool IsSettled => _committed.Count + _poison.Count == Total;

    /// <summary>
    /// A shard for this node: one that came back and is due, else the next fresh one, else (at the tail) a backup of one
    /// that a much slower node holds; null when there is nothing for it now.
    /// </summary>
    public ShardLease? Take(string node, long epoch, DateTimeOffset now)
    {
        Expire(now);
        if (!Meet(node, epoch, now) || _nodes[node].IsQuarantined(now, OthersDoBetter)) return null;
        if (_retry.Take(now) is { } returned) return Give(returned, node, epoch, backup: false, now);
        if (NextFresh() is { } fresh) return Give(fresh, node, epoch, backup: false, now);
        if (BackupsGiven >= BackupBound || _retry.Count > 0) return null;
        if (_tail.Worst(node, now, _options, _nodes, _leases.ByShard) is not { } straggler) return null;
        BackupsGiven++;
        return Give(straggler, node, epoch, backup: true, now);
    }

    /// <summary>Prolongs a lease and notes how far the work is (0 to 1). A lease of the coordinator's former life is adopted.</summary>
    public RenewResult Renew(string leaseId, int shard, string node, long epoch, double progress, DateTimeOffset now)
    {
        Expire(now);
        if (_leases.Find(leaseId) is { } lease)
        {
            lease.Advance(progress, now);
            if (_nodes.GetValueOrDefault(lease.Node) is { } record) record.Heard = now;
            if (IsStalled(lease, now))
            {
                Lose(lease, now);
                return RenewResult.Lost;
            }

            lease.Expires = now + _options.LeaseTime;
            return RenewResult.Renewed;
        }

        bool free = shard >= 0 && shard < Total && !_committed.Contains(shard) && !_leases.IsHeld(shard) && !_poison.ContainsKey(shard) && !_hunts.ContainsKey(shard);
        if (!free || !Meet(node, epoch, now)) return RenewResult.Lost;
        _retry.Remove(shard);
        var adopted = new ShardLease(leaseId, shard, node, epoch, Backup: false, now) { Expires = now + _options.LeaseTime };
        adopted.Advance(progress, now);
        Enter(adopted);
        return RenewResult.Adopted;
    }

    /// <summary>A shard's receipt exists, whoever wrote it; false when that was known already.</summary>
    public bool Complete(int shard, string? leaseId, DateTimeOffset now)
    {
        if (shard < 0 || shard >= Total || !_committed.Add(shard)) return false;
        if (leaseId is not null && _leases.Find(leaseId) is { } lease && lease.Shard == shard)
            _nodes.GetValueOrDefault(lease.Node)?.Finished((now - lease.Granted).TotalSeconds);
        foreach (var held in _leases.Of(shard)) Leave(held);
        _retry.Remove(shard);
        _poison.Remove(shard);
        _troubles.Remove(shard);
        _hunts.Remove(shard);
        _cleared.Remove(shard);
        return true;
    }

    /// <summary>The part of a shard that a lease was to try could be made.</summary>
    public void ProbeClean(string leaseId, DateTimeOffset now)
    {
        if (_leases.Find(leaseId) is not { Probe: { } part } lease) return;
        Leave(lease);
        _nodes[lease.Node].Finished(_nodes[lease.Node].Seconds ?? 0);
        var hunt = _hunts[lease.Shard];
        hunt.Clean(part);
        GoOnHunting(lease.Shard, hunt, "", now);
    }

    /// <summary>The work under a lease failed. Unknown leases are ignored: their shard has gone another way.</summary>
    public void Fail(string leaseId, FailureKind kind, string error, DateTimeOffset now)
    {
        if (_leases.Find(leaseId) is not { } lease) return;
        Leave(lease);
        if (lease.Probe is { } part)
        {
            var hunt = _hunts[lease.Shard];
            hunt.Failed(part, error);
            GoOnHunting(lease.Shard, hunt, error, now);
            return;
        }

        _nodes[lease.Node].Failed(lease.Shard);
        var (failures, losses) = _troubles.GetValueOrDefault(lease.Shard);
        failures++;
        _troubles[lease.Shard] = (failures, losses);
        if (kind == FailureKind.Shard) Return(lease.Shard, error, now);
        else if (failures < _options.MaxFailures) Return(lease.Shard, null, now + _options.Backoff(failures));
        else if (_cleared.Contains(lease.Shard)) Return(lease.Shard, $"{error} (as a whole: each of its samples can be made by itself)", now);
        else if (!_leases.IsHeld(lease.Shard))
        {
            _hunts[lease.Shard] = new PoisonHunt(_samples(lease.Shard));
            _retry.Add(lease.Shard, now);
        }
    }

    /// <summary>The work under a lease failed for a reason that is its node's own: no fault of the shard, and the node gets nothing for a while.</summary>
    public void Blame(string leaseId, DateTimeOffset now)
    {
        if (_leases.Find(leaseId) is not { } lease) return;
        _nodes[lease.Node].Broke(now);
        Release(leaseId, now);
    }

    /// <summary>Whether one of these nodes works well on this dataset now.</summary>
    public bool IsAnyHealthy(Func<string, bool> which, DateTimeOffset now) =>
        _nodes.Any(n => n.Value.IsHealthy && now - n.Value.Heard < _options.LeaseTime && which(n.Key));

    /// <summary>The node gives the lease back unfinished (it drains, the dataset stops, the store is down): no fault of the shard.</summary>
    public void Release(string leaseId, DateTimeOffset notBefore)
    {
        if (_leases.Find(leaseId) is not { } lease) return;
        Leave(lease);
        Return(lease.Shard, null, notBefore);
    }

    /// <summary>
    /// Takes back what the node was given in answers to earlier reports of this life than <paramref name="report"/> and does not hold:
    /// those answers never reached it.
    /// </summary>
    public void ReleaseUnheld(string node, long epoch, long report, IReadOnlySet<string> held, DateTimeOffset now)
    {
        if (!_nodes.TryGetValue(node, out var record) || record.Epoch != epoch) return;
        foreach (string id in record.Leases.Where(id => _leases.Find(id)!.Report is > 0 and var given && given < report && !held.Contains(id)).Order(StringComparer.Ordinal).ToArray())
            Release(id, now);
    }

    /// <summary>These nodes are gone: their leases end now.</summary>
    public void Forget(Func<string, bool> gone, DateTimeOffset now)
    {
        foreach (string node in _nodes.Keys.Where(gone).Order(StringComparer.Ordinal).ToArray()) Forget(node, now);
    }

    /// <summary>The node is gone: its leases end now.</summary>
    public void Forget(string node, DateTimeOffset now)
    {
        if (!_nodes.TryGetValue(node, out var record)) return;
        foreach (string id in record.Leases.Order(StringComparer.Ordinal).ToArray()) Lose(_leases.Find(id)!, now);
    }

    /// <summary>A committed shard's blobs turned out lost or damaged: it is made again.</summary>
    public void Reopen(int shard, DateTimeOffset now)
    {
        if (_committed.Remove(shard)) _retry.Add(shard, now);
    }

    /// <summary>Poison shards get a new chance (the dataset was started again).</summary>
    public void Forgive(DateTimeOffset now)
    {
        foreach (int shard in _poison.Keys.ToArray())
        {
            _poison.Remove(shard);
            _troubles.Remove(shard);
            _cleared.Remove(shard);
            _retry.Add(shard, now);
        }
    }

    /// <summary>Ends the leases that nobody renewed; how many.</summary>
    public int Expire(DateTimeOffset now)
    {
        int ended = 0;
        while (_leases.NextExpired(now) is { } lease)
        {
            Lose(lease, now);
            Expired++;
            ended++;
        }

        return ended;
    }

    /// <summary>When the next shard that came back may be given again; null when none waits.</summary>
    public DateTimeOffset? NextRetry() => _retry.Next();

    /// <summary>Notes the node's life. A new life ends what the former one held; a former life gets nothing.</summary>
    private bool Meet(string node, long epoch, DateTimeOffset now)
    {
        if (!_nodes.TryGetValue(node, out var record))
        {
            if (_nodes.Count >= 256 && _nodes.Count % 256 == 0) ForgetStrangers(now);
            _nodes.Add(node, new NodeRecord(epoch) { Heard = now });
            return true;
        }

        if (epoch < record.Epoch) return false;
        record.Heard = now;
        if (epoch > record.Epoch)
        {
            foreach (string id in record.Leases.Order(StringComparer.Ordinal).ToArray()) Lose(_leases.Find(id)!, now);
            record.Epoch = epoch;
        }

        return true;
    }

    /// <summary>
    /// The device hangs while its node goes on reporting. Before its first shard nobody knows its pace.
    /// </summary>
    private bool IsStalled(ShardLease lease, DateTimeOffset now)
    {
        if (_nodes.GetValueOrDefault(lease.Node)?.Seconds is not { } pace) return false;
        return (now - lease.Moved).TotalSeconds > _options.StallFactor * Math.Max(pace, _options.LeaseTime.TotalSeconds);
    }

    private int? NextFresh()
    {
        while (_next < Total)
        {
            _next = _committed.NextAbsent(_next);
            if (_next >= Total) break;
            int shard = _next++;
            if (!_leases.IsHeld(shard) && !_retry.Contains(shard) && !_poison.ContainsKey(shard)) return shard;
        }

        return null;
    }

    private ShardLease Give(int shard, string node, long epoch, bool backup, DateTimeOffset now)
    {
        var lease = new ShardLease($"{_life}-{++_given}", shard, node, epoch, backup, now)
        {
            Expires = now + _options.LeaseTime,
            Probe = _hunts.TryGetValue(shard, out var hunt) ? hunt.Next : null,
        };
        Enter(lease);
        return lease;
    }

    private void Enter(ShardLease lease)
    {
        _leases.Add(lease);
        _nodes[lease.Node].Leases.Add(lease.Id);
    }

    private void Leave(ShardLease lease)
    {
        _leases.Remove(lease);
        if (_nodes.TryGetValue(lease.Node, out var node)) node.Leases.Remove(lease.Id);
    }

    private void Lose(ShardLease lease, DateTimeOffset now)
    {
        Leave(lease);
        Lost++;
        _nodes[lease.Node].Fell(now);
        var (failures, losses) = _troubles.GetValueOrDefault(lease.Shard);
        losses++;
        _troubles[lease.Shard] = (failures, losses);
        string? hopeless = losses >= _options.MaxLosses ? $"{losses} nodes fell silent while working on it, the last one {lease.Node}" : null;
        Return(lease.Shard, hopeless, now);
    }

    private void Return(int shard, string? hopeless, DateTimeOffset notBefore)
    {
        if (_leases.IsHeld(shard)) return; // the other holder goes on
        if (hopeless is null) _retry.Add(shard, notBefore);
        else SetAside(shard, hopeless, _hunts.GetValueOrDefault(shard)?.Found ?? []);
    }

    private void SetAside(int shard, string error, IReadOnlyList<PoisonSample> found)
    {
        _hunts.Remove(shard);
        _poison.Add(shard, new PoisonShard(shard, error) { Samples = [.. found] });
    }

    /// <summary>The next part, or the end: the samples at fault are known, or none is and the shard is tried as a whole again.</summary>
    private void GoOnHunting(int shard, PoisonHunt hunt, string error, DateTimeOffset now)
    {
        if (hunt.Next is null && hunt.Found.Count > 0)
        {
            SetAside(shard, error.Length > 0 ? error : hunt.Found[^1].Error, hunt.Found);
            return;
        }

        if (hunt.Next is null)
        {
            _hunts.Remove(shard);
            _cleared.Add(shard);
            _troubles.Remove(shard);
        }

        _retry.Add(shard, now);
    }

    /// <summary>Somebody else works well: only then is a node's trouble its own.</summary>
    private bool OthersDoBetter() => _nodes.Values.Any(n => n.IsHealthy);

    /// <summary>Nodes that have long left.</summary>
    private void ForgetStrangers(DateTimeOffset now)
    {
        foreach (string node in _nodes.Where(n => n.Value.Leases.Count == 0 && now - n.Value.Heard > s_memory).Select(n => n.Key).ToArray()) _nodes.Remove(node);
    }
}
