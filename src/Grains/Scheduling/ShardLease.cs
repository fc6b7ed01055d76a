namespace HandsOff.Grains.Scheduling;

/// <summary>A node's temporary right to work on a shard: an optimisation, never a safety property.</summary>
/// <param name="Id">Unique over the coordinator's lives.</param>
/// <param name="Shard">The shard's number.</param>
/// <param name="Node">Who holds it (<c>silo/device</c>).</param>
/// <param name="Epoch">The life of the node it was given to.</param>
/// <param name="Backup">Given while another node still works on the shard.</param>
/// <param name="Granted">When it was given.</param>
public sealed record ShardLease(string Id, int Shard, string Node, long Epoch, bool Backup, DateTimeOffset Granted)
{
    /// <summary>Only these samples are to be made, and nothing committed: a look for the poison in the shard. Null: the whole shard.</summary>
    public SampleRange? Probe { get; init; }

    /// <summary>When it ends unless renewed.</summary>
    public DateTimeOffset Expires { get; internal set; }

    /// <summary>The node's report that it was given in answer to; 0 when that is not known.</summary>
    public long Report { get; internal set; }

    /// <summary>The share of the shard's samples done, 0 to 1, as last reported.</summary>
    public double Progress { get; private set; }

    /// <summary>When the progress last grew.</summary>
    public DateTimeOffset Moved { get; private set; } = Granted;

    internal void Advance(double progress, DateTimeOffset now)
    {
        progress = Math.Clamp(progress, 0, 1);
        if (progress > Progress) Moved = now;
        Progress = progress;
    }
}
