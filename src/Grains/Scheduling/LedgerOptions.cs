namespace HandsOff.Grains.Scheduling;

/// <summary>The rules a <see cref="ShardLedger"/> follows.</summary>
public sealed record LedgerOptions
{
    /// <summary>How long a lease lasts without renewal.</summary>
    public TimeSpan LeaseTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Share of the shards that may be leased a second time at the tail (never fewer than one shard).</summary>
    public double BackupShare { get; init; } = 0.05;

    /// <summary>A backup is worth it when the holder needs this many times longer than the asking node would.</summary>
    public double BackupFactor { get; init; } = 1.5;

    /// <summary>
    /// A lease whose work has not moved for this many times what a whole shard takes its node (and for as many lease times: a pair may have to be loaded
    /// first) is not renewed: the device hangs.
    /// </summary>
    public double StallFactor { get; init; } = 10;

    /// <summary>Failures of a shard before it is set aside as poison.</summary>
    public int MaxFailures { get; init; } = 5;

    /// <summary>Lost leases (silent nodes) of a shard before it is set aside; larger, for the node is the likelier culprit.</summary>
    public int MaxLosses { get; init; } = 20;

    /// <summary>Wait after the first failure; doubled after each further one.</summary>
    public TimeSpan FirstBackoff { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait between two tries.</summary>
    public TimeSpan LongestBackoff { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The longest wait for a store that does not answer: short, so that work goes on soon after it does.</summary>
    public TimeSpan LongestOutageWait { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Wait after the store did not answer that many times in a row.</summary>
    internal TimeSpan OutageBackoff(int times) => Backoff(times) is var wait && wait < LongestOutageWait ? wait : LongestOutageWait;

    /// <summary>Wait before try <paramref name="failures"/> + 1.</summary>
    internal TimeSpan Backoff(int failures)
    {
        double factor = Math.Pow(2, Math.Min(failures - 1, 30));
        return TimeSpan.FromTicks((long)Math.Min(LongestBackoff.Ticks, FirstBackoff.Ticks * factor));
    }
}
