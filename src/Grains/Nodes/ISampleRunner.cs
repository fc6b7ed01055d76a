using HandsOff.Core.Datasets;

namespace HandsOff.Grains.Nodes;

/// <summary>A runner that also makes single samples, between the micro-batches of its shards.</summary>
public interface ISampleRunner
{
    /// <summary>Makes one sample as its shard has it. Nothing is stored.</summary>
    /// <exception cref="Core.HandsOffException">The pair is not to be had, or cannot make the request.</exception>
    Task<StoredSample> MakeAsync(DatasetRequest request, long index, CancellationToken cancellationToken);

    /// <summary>Makes a micro-batch to see what a request costs.</summary>
    Task<SampleTrial> TryAsync(DatasetRequest request, CancellationToken cancellationToken);
}
