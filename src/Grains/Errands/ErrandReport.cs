using System.Collections.Immutable;
using HandsOff.Core.Datasets;

namespace HandsOff.Grains.Errands;

/// <summary>What came of an errand.</summary>
[GenerateSerializer, Immutable, Alias("handsoff.errand-report")]
public sealed record ErrandReport
{
    /// <summary>What is wrong with the shard, a line each.</summary>
    [Id(0)] public ImmutableArray<string> Faults { get; init; } = [];

    /// <summary>Samples made again and compared.</summary>
    [Id(1)] public int Compared { get; init; }

    /// <summary>Of those, equal to the bit.</summary>
    [Id(2)] public int Identical { get; init; }

    /// <summary>They were compared with tolerance: the node is of another kernel class.</summary>
    [Id(3)] public bool AcrossKernelClasses { get; init; }

    /// <summary>What is there now; of a shard that was made.</summary>
    [Id(4)] public ManifestShard? Made { get; init; }
}
