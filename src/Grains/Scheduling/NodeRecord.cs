namespace HandsOff.Grains.Scheduling;

/// <summary>A node as the ledger knows it: its life, what it holds, how long a shard takes it, and how far it can be trusted.</summary>
internal sealed class NodeRecord(long epoch)
{
    /// <summary>Trouble at which a node gets nothing for a while, when others do better.</summary>
    private const double Unbearable = 3;

    // Enough to follow a node that slows down, not so much that one slow shard counts.
    private const double Smoothing = 0.3;

    // A node that loses or fails every other shard stays just below; one that does so with each is soon out.
    private const double Forgetting = 0.8;

    private static readonly TimeSpan s_firstQuarantine = TimeSpan.FromSeconds(30), s_longestQuarantine = TimeSpan.FromMinutes(10), s_oneFall = TimeSpan.FromSeconds(5);

    private readonly HashSet<int> _failed = [];
    private DateTimeOffset _fell = DateTimeOffset.MinValue;
    private int _quarantines;

    public long Epoch { get; set; } = epoch;

    public HashSet<string> Leases { get; } = new(StringComparer.Ordinal);

    /// <summary>Smoothed seconds a shard; null before the first.</summary>
    public double? Seconds { get; private set; }

    /// <summary>Falls and failures lately, faded by every shard it finished.</summary>
    public double Trouble { get; private set; }

    /// <summary>It gets nothing before.</summary>
    public DateTimeOffset QuarantinedUntil { get; private set; } = DateTimeOffset.MinValue;

    /// <summary>When it was last heard of.</summary>
    public DateTimeOffset Heard { get; set; }

    /// <summary>It works well: what others fail at may be their own fault.</summary>
    public bool IsHealthy => Seconds is not null && Trouble < 1;

    public void Finished(double seconds)
    {
        Seconds = Seconds is { } s ? s + Smoothing * (seconds - s) : seconds;
        Trouble *= Forgetting;
        _failed.Clear();
        if (Trouble < 0.5) _quarantines = 0;
    }

    /// <summary>It failed to make a shard. The same shard again says more of the shard than of the node.</summary>
    public void Failed(int shard)
    {
        if (_failed.Add(shard)) Trouble++;
    }

    /// <summary>It fell silent, or came back anew, with work in hand. Its leases end one by one: one fall.</summary>
    public void Fell(DateTimeOffset now)
    {
        if (now - _fell >= s_oneFall) Trouble++;
        _fell = now;
    }

    /// <summary>It cannot make any shard as it is. Its slots say the same of it.</summary>
    public void Broke(DateTimeOffset now)
    {
        if (now >= QuarantinedUntil) Quarantine(now);
    }

    /// <summary>Whether it is to be given nothing now. <paramref name="othersDoBetter"/> is asked only in doubt.</summary>
    public bool IsQuarantined(DateTimeOffset now, Func<bool> othersDoBetter)
    {
        if (now < QuarantinedUntil) return true;
        if (Trouble < Unbearable || !othersDoBetter()) return false;
        Quarantine(now);
        return true;
    }

    private void Quarantine(DateTimeOffset now)
    {
        double factor = Math.Pow(2, Math.Min(_quarantines++, 20));
        QuarantinedUntil = now + TimeSpan.FromTicks((long)Math.Min(s_longestQuarantine.Ticks, s_firstQuarantine.Ticks * factor));
        Trouble = Unbearable - 1; // then one more chance
        _failed.Clear();
    }
}
