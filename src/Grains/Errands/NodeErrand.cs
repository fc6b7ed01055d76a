using HandsOff.Core.Datasets;

namespace HandsOff.Grains.Errands;

/// <summary>
/// A piece of work about one shard that a client asks of a node, outside the datasets' leases: for datasets that nobody is making. It is asked again
/// until it is done, and dropped when nobody asks any more.
/// </summary>
[GenerateSerializer, Immutable, Alias("handsoff.node-errand")]
public sealed record NodeErrand
{
    /// <summary>Its name, no other errand's: asking again under it is not another errand.</summary>
    [Id(0)] public required string Ticket { get; init; }

    [Id(1)] public required ErrandKind Kind { get; init; }

    /// <summary>The dataset's store: a folder or <c>az:CONTAINER[/PREFIX]</c>.</summary>
    [Id(2)] public required string Dataset { get; init; }

    [Id(3)] public required string RequestJson { get; init; }

    /// <summary>What the shard should be; of a shard to read back or to compare.</summary>
    [Id(4)] public ManifestShard? Content { get; init; }

    /// <summary>Of a shard to make.</summary>
    [Id(5)] public int Shard { get; init; }

    /// <summary>Its first sample.</summary>
    [Id(6)] public long First { get; init; }

    /// <summary>Its samples.</summary>
    [Id(7)] public int Count { get; init; }

    /// <summary>Share of the samples to make again.</summary>
    [Id(8)] public double Share { get; init; }

    /// <summary>Chooses them.</summary>
    [Id(9)] public ulong ChoiceSeed { get; init; }

    /// <summary>The sample that is chosen in any case.</summary>
    [Id(10)] public long Always { get; init; }
}
