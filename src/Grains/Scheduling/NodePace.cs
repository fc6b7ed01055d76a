namespace HandsOff.Grains.Scheduling;

/// <summary>A node as the ledger knows it: its life, what it holds, and how long a shard takes it.</summary>
internal sealed class NodePace(long epoch)
{
    // Enough to follow a node that slows down, not so much that one slow shard counts.
    private const double Smoothing = 0.3;

    public long Epoch { get; set; } = epoch;

    public HashSet<string> Leases { get; } = new(StringComparer.Ordinal);

    /// <summary>Smoothed seconds a shard; null before the first.</summary>
    public double? Seconds { get; private set; }

    public void Finished(double seconds) => Seconds = Seconds is { } s ? s + Smoothing * (seconds - s) : seconds;
}
