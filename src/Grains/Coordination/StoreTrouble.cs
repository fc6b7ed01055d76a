using HandsOff.Grains.Scheduling;

namespace HandsOff.Grains.Coordination;

/// <summary>
/// What nodes tell of a store that does not answer. While it does not, no shard is given for a while that doubles each time (so
/// that a thousand nodes do not make shards for nothing), and no shard is blamed. Pure: time is handed in.
/// </summary>
internal sealed class StoreTrouble(LedgerOptions options)
{
    private readonly Dictionary<int, (int Times, int Committed)> _seen = [];
    private readonly HashSet<int> _own = [];
    private int _times;

    /// <summary>Until when no shard is given; null when there is no trouble.</summary>
    public DateTimeOffset? Until { get; private set; }

    /// <summary>What is waited for; empty when there is no trouble.</summary>
    public string Message { get; private set; } = "";

    /// <summary>No shard is to be given now.</summary>
    public bool Holds(DateTimeOffset now) => Until is { } until && now < until;

    /// <summary>
    /// A node could not reach the store while it made this shard: when to try it again, later each time, so that others go first. Null when
    /// others were committed since it last met the same: then it is the shard's own trouble.
    /// </summary>
    public DateTimeOffset? Postpone(int shard, string error, int committed, DateTimeOffset now)
    {
        var (times, before) = _seen.GetValueOrDefault(shard, (0, committed));
        _seen[shard] = (times + 1, committed);
        if (committed > before) _own.Add(shard);
        if (_own.Contains(shard)) return null;
        _own.Clear(); // others meet it too
        if (!Holds(now)) // else the same outage, told by another node
        {
            Until = now + options.OutageBackoff(++_times);
            Message = $"waiting for the store, shards go on when it answers: {error}";
        }

        return Until + options.Backoff(times + 1);
    }

    /// <summary>A shard was committed.</summary>
    public void Answered()
    {
        if (Until is null) return;
        (Until, Message, _times) = (null, "", 0);
        if (_seen.Count > 10_000) _seen.Clear();
    }
}
