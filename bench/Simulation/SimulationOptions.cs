namespace HandsOff.Bench.Simulation;

/// <summary>A cluster to simulate. All that is random follows from <see cref="Seed"/>.</summary>
internal sealed record SimulationOptions
{
    public required string Name { get; init; }

    public int Nodes { get; init; } = 1000;

    public int Shards { get; init; } = 100_000;

    /// <summary>Seconds a shard takes a node of speed 1.</summary>
    public double ShardSeconds { get; init; } = 60;

    /// <summary>Nodes' speeds are spread log-normally by this much around 1.</summary>
    public double SpeedSpread { get; init; } = 0.3;

    /// <summary>A shard's time varies by this much around its node's pace.</summary>
    public double Jitter { get; init; } = 0.1;

    /// <summary>Part of the nodes that is ten times slower.</summary>
    public double Stragglers { get; init; }

    /// <summary>Part of the nodes lost an hour; each is replaced after ten minutes.</summary>
    public double LostAnHour { get; init; }

    /// <summary>Part of the losses that are not announced by membership, only by silence.</summary>
    public double SilentLosses { get; init; } = 0.5;

    /// <summary>Part of the losses that are announced spot notices: the node gives its leases back first.</summary>
    public double SpotNotices { get; init; }

    /// <summary>Part of the nodes that joins evenly over the first half of the ideal time.</summary>
    public double Late { get; init; }

    /// <summary>Part of the shards' tries that fail at a random point.</summary>
    public double Failures { get; init; }

    public uint Seed { get; init; } = 1;
}
