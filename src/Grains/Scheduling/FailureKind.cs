namespace HandsOff.Grains.Scheduling;

/// <summary>How far a failure reaches.</summary>
public enum FailureKind
{
    /// <summary>May go away: the shard is tried again, later.</summary>
    Transient,

    /// <summary>The shard will not succeed: it is set aside, the rest goes on.</summary>
    Shard,

    /// <summary>
    /// No shard will succeed (disk full, pair unusable), as far as the node can tell. While others do well it is the node's own trouble; else the dataset
    /// stops until it is started again.
    /// </summary>
    Dataset,

    /// <summary>The store does not answer: no fault of the shard. The dataset waits and goes on.</summary>
    Outage,
}
