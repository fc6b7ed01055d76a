using HandsOff.Core.Datasets;

namespace HandsOff.Silo.Api;

/// <summary>A dataset asked for.</summary>
public sealed record Submission : SampleRequest
{
    /// <summary>Its name: lower-case letters, digits, dots, dashes, underscores; at most 100.</summary>
    public string Name { get; init; } = "";

    /// <summary>1 or more.</summary>
    public required long Samples { get; init; }

    /// <summary>Samples a shard; null: one that fits the count.</summary>
    public int? ShardSize { get; init; }

    /// <summary>Its part of the nodes' time beside other datasets of its priority; above 0.</summary>
    public double? Weight { get; init; }

    /// <summary>Higher ones are served first.</summary>
    public int? Priority { get; init; }

    internal override DatasetOptions ToOptions() => base.ToOptions() with { ShardSize = ShardSize };
}
