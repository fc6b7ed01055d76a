using HandsOff.Core.Datasets.Timing;

namespace HandsOff.Core.Datasets;

/// <summary>How a pipeline divides its work; no setting changes a bit of what comes out.</summary>
public sealed record ShardPipelineOptions
{
    /// <summary>Threads that encode.</summary>
    public int EncodeThreads { get; init; } = Math.Clamp(Environment.ProcessorCount / 2, 1, 16);

    /// <summary>Micro-batches between the device and the tar at most, over all shards in work: bounds the memory.</summary>
    public int WindowBatches { get; init; } = 6;

    /// <summary>The clock of the device; null: one of the pipeline's own.</summary>
    public StageClock? Clock { get; init; }
}
