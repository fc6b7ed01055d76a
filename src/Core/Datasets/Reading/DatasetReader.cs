using HandsOff.Core.Datasets.Reading;

namespace HandsOff.Core.Datasets;

/// <summary>Reads single samples out of a dataset's shards, by the offsets of their DALI indices.</summary>
public sealed class DatasetReader(DatasetState dataset)
{
    private ShardReader? _shard;

    /// <summary>Reads a sample; null when its shard is not committed. Samples of one shard in a row are cheap.</summary>
    public async Task<StoredSample?> ReadAsync(long index, CancellationToken cancellationToken)
    {
        // A dataset being extended is read as its manifest has it.
        var plan = dataset.Manifest is { } manifest && index < manifest.Samples ? new ShardPlan(manifest.Samples, manifest.ShardSize) : dataset.Plan;
        var range = plan.Of(index);
        if (_shard?.Range != range)
        {
            if (await dataset.Store.StatAsync(range.Receipt, cancellationToken).ConfigureAwait(false) is null) return null;
            _shard = new ShardReader(dataset.Store, dataset.Request, range);
        }

        return await _shard.ReadAsync(index, cancellationToken).ConfigureAwait(false);
    }
}
