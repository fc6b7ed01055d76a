using HandsOff.Core.Datasets;

namespace HandsOff.Client.Cluster;

/// <summary>A dataset that a cluster is asked for.</summary>
public sealed record DatasetSubmission
{
    /// <summary>What it shall be called: its folder under the cluster's store.</summary>
    public required string Name { get; init; }

    /// <summary>Folder of the pair, or its name under models/ or in the cluster's library.</summary>
    public required string Pair { get; init; }

    /// <summary>How many samples: 1 or more.</summary>
    public required long Samples { get; init; }

    /// <summary>What the samples are like.</summary>
    public DatasetOptions Options { get; init; } = new();

    /// <summary>Its part of the nodes' time beside others; null: 1, or as it was.</summary>
    public double? Weight { get; init; }

    /// <summary>Higher ones are served first; null: 0, or as it was.</summary>
    public int? Priority { get; init; }
}
