namespace HandsOff.Grains.Scheduling;

/// <summary>
/// A set of shard numbers kept as sorted runs. Shards are committed almost in order, so a million of them are a handful
/// of runs: memory follows the number of holes, not the number of shards.
/// </summary>
public sealed class ShardSet
{
    private readonly List<Run> _runs = [];

    /// <summary>How many shards are in the set.</summary>
    public int Count { get; private set; }

    /// <summary>How many runs they take.</summary>
    public int Runs => _runs.Count;

    public bool Contains(int shard)
    {
        int i = RunBefore(shard);
        return i >= 0 && shard < _runs[i].End;
    }

    /// <summary>Adds a shard; false when it was there already.</summary>
    public bool Add(int shard)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(shard);
        int i = RunBefore(shard);
        if (i >= 0 && shard < _runs[i].End) return false;
        bool joinsBefore = i >= 0 && _runs[i].End == shard;
        bool joinsAfter = i + 1 < _runs.Count && _runs[i + 1].Start == shard + 1;
        if (joinsBefore && joinsAfter)
        {
            _runs[i] = _runs[i] with { End = _runs[i + 1].End };
            _runs.RemoveAt(i + 1);
        }
        else if (joinsBefore) _runs[i] = _runs[i] with { End = shard + 1 };
        else if (joinsAfter) _runs[i + 1] = _runs[i + 1] with { Start = shard };
        else _runs.Insert(i + 1, new Run(shard, shard + 1));
        Count++;
        return true;
    }

    /// <summary>Removes a shard; false when it was not there.</summary>
    public bool Remove(int shard)
    {
        int i = RunBefore(shard);
        if (i < 0 || shard >= _runs[i].End) return false;
        var (start, end) = _runs[i];
        _runs.RemoveAt(i);
        if (shard + 1 < end) _runs.Insert(i, new Run(shard + 1, end));
        if (start < shard) _runs.Insert(i, new Run(start, shard));
        Count--;
        return true;
    }

    /// <summary>The first shard at or after <paramref name="shard"/> that is not in the set.</summary>
    public int NextAbsent(int shard)
    {
        int i = RunBefore(shard);
        return i >= 0 && shard < _runs[i].End ? _runs[i].End : shard;
    }

    /// <summary>The last run that starts at or before the shard; -1 when none does.</summary>
    private int RunBefore(int shard)
    {
        int low = 0, high = _runs.Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_runs[middle].Start <= shard) low = middle + 1;
            else high = middle;
        }

        return low - 1;
    }

    private readonly record struct Run(int Start, int End);
}
