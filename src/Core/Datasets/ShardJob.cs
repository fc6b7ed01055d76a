using HandsOff.Core.Datasets.Timing;
using HandsOff.Core.Storage;

namespace HandsOff.Core.Datasets;

/// <summary>A shard to make: where it goes, what it holds, which samples, and who makes it (silo/device, for the receipt).</summary>
public sealed record ShardJob(IBlobStore Store, DatasetRequest Request, ShardRange Range, string Node)
{
    /// <summary>Where the stages note when they worked; null when nobody asks.</summary>
    public ShardTimeline? Timeline { get; init; }
}
