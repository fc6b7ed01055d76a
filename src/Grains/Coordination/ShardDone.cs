using HandsOff.Core.Datasets;

namespace HandsOff.Grains.Coordination;

/// <summary>A shard whose receipt a node saw on storage.</summary>
[GenerateSerializer, Immutable, Alias("handsoff.shard-done")]
public sealed record ShardDone
{
    [Id(0)] public required string LeaseId { get; init; }

    [Id(1)] public required int Shard { get; init; }

    /// <summary>Samples it holds: a short last shard is not the full one that succeeds it.</summary>
    [Id(9)] public required int Count { get; init; }

    /// <summary>A part was tried and can be made; nothing was written.</summary>
    [Id(10)] public bool Probe { get; init; }

    /// <summary>Another node's equal shard was there first.</summary>
    [Id(2)] public bool Duplicate { get; init; }

    /// <summary>Draws discarded as too uncertain.</summary>
    [Id(3)] public long Rejected { get; init; }

    /// <summary>Samples kept although too uncertain.</summary>
    [Id(4)] public long Flagged { get; init; }

    [Id(5)] public long Bytes { get; init; }

    /// <summary>From lease to receipt.</summary>
    [Id(6)] public double Seconds { get; init; }

    [Id(7)] public StageTimes Stages { get; init; } = new();

    /// <summary>The kernel class in words.</summary>
    [Id(8)] public string KernelClass { get; init; } = "";
}
