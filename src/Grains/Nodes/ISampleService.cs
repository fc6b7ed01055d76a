using HandsOff.Core.Datasets;

namespace HandsOff.Grains.Nodes;

/// <summary>
/// Makes single samples on demand, on a node of this silo or, when it has none, of another. Requests for the same sample share
/// one making; how many are made at once is bounded (<see cref="SampleOptions"/>).
/// </summary>
public interface ISampleService
{
    /// <summary>The sample as its shard has it, stored or not.</summary>
    /// <exception cref="Core.HandsOffException">The pair is not to be had, or cannot make the request.</exception>
    /// <exception cref="NodesBusyException">Too many are waiting, or no node can make it now.</exception>
    Task<StoredSample> MakeAsync(DatasetRequest request, long index, CancellationToken cancellationToken);

    /// <summary>What a request costs on a node: measured now with one micro-batch.</summary>
    /// <inheritdoc cref="MakeAsync" path="/exception"/>
    Task<SampleTrial> TryAsync(DatasetRequest request, CancellationToken cancellationToken);
}
