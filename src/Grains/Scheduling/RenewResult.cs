namespace HandsOff.Grains.Scheduling;

/// <summary>What became of a renewal.</summary>
public enum RenewResult
{
    /// <summary>The lease goes on.</summary>
    Renewed,

    /// <summary>The ledger did not know the lease (it is younger than the lease) and nobody else holds the shard: taken over as it is.</summary>
    Adopted,

    /// <summary>The shard is committed, or given to somebody else: stop working on it.</summary>
    Lost,
}
