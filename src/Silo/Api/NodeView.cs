namespace HandsOff.Silo.Api;

/// <summary>A node's figures at one moment.</summary>
public sealed record NodeView
{
    /// <summary><c>silo/device</c>.</summary>
    public required string Node { get; init; }

    public required string Silo { get; init; }

    public required string Device { get; init; }

    /// <summary>idle, working, draining, stopped; or lost: its silo is gone.</summary>
    public required string State { get; init; }

    /// <summary>Shards it works on.</summary>
    public int Shards { get; init; }

    /// <summary>Shards committed in this life.</summary>
    public long ShardsDone { get; init; }

    /// <summary>Samples committed in this life.</summary>
    public long SamplesDone { get; init; }

    /// <summary>Samples a second over the last minute; by whole shards, so it moves in steps.</summary>
    public double Rate { get; init; }

    /// <summary>device, encode, upload or idle.</summary>
    public string Bottleneck { get; init; } = "idle";

    /// <summary>Digests of the pairs it has loaded.</summary>
    public IReadOnlyList<string> Pairs { get; init; } = [];

    public string LastError { get; init; } = "";
}
