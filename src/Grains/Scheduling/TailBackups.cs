namespace HandsOff.Grains.Scheduling;

/// <summary>
/// Finds the straggler that is worth doing twice. Only asked at the tail, when no shard is left to give. Ten thousand
/// idle nodes may ask at once, so the list of candidates is made at most four times a second and served from its worst end.
/// </summary>
internal sealed class TailBackups
{
    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(250);

    private readonly List<(double Remaining, int Shard)> _worstLast = [];
    private DateTimeOffset? _made;

    /// <summary>The shard whose holder needs longest, if the asking node would be done with it much sooner.</summary>
    public int? Worst(string node, DateTimeOffset now, LedgerOptions options, Dictionary<string, NodeRecord> nodes, Dictionary<int, List<ShardLease>> holders)
    {
        if ((nodes[node].Seconds ?? Usual(nodes)) is not { } own) return null; // nothing finished yet: no measure of slow
        if (_made is not { } made || now - made >= Refresh || now < made) List(now, nodes, holders, own);
        while (_worstLast.Count > 0)
        {
            var (remaining, shard) = _worstLast[^1];
            if (remaining <= options.BackupFactor * own) return null; // the others are better still
            _worstLast.RemoveAt(_worstLast.Count - 1);
            if (holders.TryGetValue(shard, out var held) && held.Count == 1 && held[0].Probe is null && held[0].Node != node) return shard;
        }

        return null;
    }

    private void List(DateTimeOffset now, Dictionary<string, NodeRecord> nodes, Dictionary<int, List<ShardLease>> holders, double usual)
    {
        _made = now;
        _worstLast.Clear();
        foreach (var (shard, held) in holders)
        {
            if (held.Count == 1 && held[0].Probe is null) _worstLast.Add((Remaining(held[0], now, nodes[held[0].Node].Seconds ?? usual), shard));
        }

        // Ties by shard: the order of a dictionary must not decide.
        _worstLast.Sort((a, b) => a.Remaining != b.Remaining ? a.Remaining.CompareTo(b.Remaining) : b.Shard.CompareTo(a.Shard));
    }

    /// <summary>Seconds the holder still needs: from its progress, else from its pace; silent past its pace, as long again as it has taken.</summary>
    private static double Remaining(ShardLease lease, DateTimeOffset now, double pace)
    {
        double elapsed = (now - lease.Granted).TotalSeconds;
        if (lease.Progress > 0) return elapsed * (1 - lease.Progress) / lease.Progress;
        return elapsed < pace ? pace - elapsed : elapsed;
    }

    private static double? Usual(Dictionary<string, NodeRecord> nodes)
    {
        var known = nodes.Values.Where(n => n.Seconds is not null).Select(n => n.Seconds!.Value).Order().ToArray();
        return known.Length == 0 ? null : known[known.Length / 2];
    }
}
