using System.Collections.Immutable;

namespace HandsOff.Grains.Nodes;

/// <summary>A node's figures at one moment.</summary>
[GenerateSerializer, Immutable, Alias("handsoff.node-status")]
public sealed record NodeStatus
{
    /// <summary><c>silo/device</c>.</summary>
    [Id(0)] public required string Node { get; init; }

    [Id(1)] public required NodeState State { get; init; }

    /// <summary>Digests of the pairs it has loaded.</summary>
    [Id(2)] public ImmutableArray<string> Pairs { get; init; } = [];

    /// <summary>Shards it works on.</summary>
    [Id(3)] public int Shards { get; init; }

    /// <summary>Shards it has committed in this life.</summary>
    [Id(4)] public long ShardsDone { get; init; }

    /// <summary>Samples it has made in this life.</summary>
    [Id(5)] public long SamplesDone { get; init; }

    /// <summary>The last error it met; empty when there was none.</summary>
    [Id(6)] public string LastError { get; init; } = "";

    /// <summary>How much of the last half minute its stages worked and waited, and what bounds its rate.</summary>
    [Id(7)] public StageShares Stages { get; init; } = StageShares.None;

    /// <summary>It can make single samples on demand.</summary>
    [Id(20)] public bool MakesSamples { get; init; }

    /// <summary>It does errands: reads shards back and makes them again for whoever asks.</summary>
    [Id(21)] public bool DoesErrands { get; init; }
}
