using System.Collections.Immutable;

namespace HandsOff.Grains.Coordination;

/// <summary>
/// All that a node has to tell a coordinator, in one call: what it finished, what failed, what it works on, what it gives
/// back, and how many shards it could begin. Sent again after a lost answer; every part may be heard twice.
/// </summary>
[GenerateSerializer, Immutable, Alias("handsoff.node-report")]
public sealed record NodeReport
{
    /// <summary><c>silo/device</c>.</summary>
    [Id(0)] public required string Node { get; init; }

    /// <summary>The node's life; grows from one to the next.</summary>
    [Id(1)] public required long Epoch { get; init; }

    /// <summary>Shards it could begin now.</summary>
    [Id(2)] public int Want { get; init; }

    [Id(3)] public ImmutableArray<ShardDone> Done { get; init; } = [];

    [Id(4)] public ImmutableArray<ShardFailed> Failed { get; init; } = [];

    [Id(5)] public ImmutableArray<HeldLease> Held { get; init; } = [];

    [Id(6)] public ImmutableArray<string> Returned { get; init; } = [];
}
