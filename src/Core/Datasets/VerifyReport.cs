namespace HandsOff.Core.Datasets;

/// <summary>What a verification found; sound when there is no fault.</summary>
public sealed record VerifyReport
{
    public required string Dataset { get; init; }

    /// <summary>Samples of the shards that were read back.</summary>
    public required long Samples { get; init; }

    /// <summary>Shards that were read back.</summary>
    public required int Shards { get; init; }

    public required long Bytes { get; init; }

    /// <summary>The manifest lists every sample asked for.</summary>
    public required bool Finished { get; init; }

    public required IReadOnlyList<ShardFault> Faults { get; init; }

    /// <summary>Samples made again and compared.</summary>
    public int Regenerated { get; init; }

    /// <summary>Of those, equal to the bit.</summary>
    public int Identical { get; init; }

    /// <summary>Samples were compared with tolerance, because they were made in another kernel class than this machine's.</summary>
    public bool AcrossKernelClasses { get; init; }

    public bool IsSound => Faults.Count == 0;
}
