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

    /// <summary>
    /// SHA-256 of the request that all of it is about; empty while the node knows none. A dataset that was removed and begun again under its name
    /// is another one.
    /// </summary>
    [Id(7)] public string Request { get; init; } = "";

    /// <summary>
    /// Grows with each report of a node's life, and there is one at a time for a dataset: a lease given in the answer to an earlier one has
    /// come or never will. 0: not counted.
    /// </summary>
    [Id(8)] public long Sequence { get; init; }
}
