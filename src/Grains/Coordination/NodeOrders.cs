using System.Collections.Immutable;

namespace HandsOff.Grains.Coordination;

/// <summary>The coordinator's answer to a <see cref="NodeReport"/>.</summary>
[GenerateSerializer, Immutable, Alias("handsoff.node-orders")]
public sealed record NodeOrders
{
    [Id(0)] public required DatasetPhase Phase { get; init; }

    /// <summary>Shards to begin.</summary>
    [Id(1)] public ImmutableArray<ShardGrant> Grants { get; init; } = [];

    /// <summary>Leases whose work is of no more use.</summary>
    [Id(2)] public ImmutableArray<string> Lost { get; init; } = [];

    /// <summary>When asking for a shard again makes sense.</summary>
    [Id(3)] public TimeSpan AskAgainIn { get; init; }

    /// <summary>How long leases last; a node reports at least three times as often.</summary>
    [Id(4)] public TimeSpan LeaseTime { get; init; }

    /// <summary>How often the node should report at most while nothing happens: the more nodes there are, the more seldom.</summary>
    [Id(5)] public TimeSpan ReportEvery { get; init; }

    /// <summary>The request's JSON, when shards are given to a node that reported under no request or another one.</summary>
    [Id(6)] public string Request { get; init; } = "";

    /// <summary>W3C id of the dataset's span, for the shards' traces to link to; empty when nobody watches.</summary>
    [Id(20)] public string Trace { get; init; } = "";
}
