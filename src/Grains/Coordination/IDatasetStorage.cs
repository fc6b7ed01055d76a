namespace HandsOff.Grains.Coordination;

/// <summary>What a coordinator does on a dataset's storage.</summary>
public interface IDatasetStorage
{
    /// <summary>
    /// Opens the dataset: for an order creates or checks its request and target, for null goes by what is there.
    /// Lists the receipts.
    /// </summary>
    /// <returns>Null when there is no order and nothing on storage.</returns>
    /// <exception cref="Core.HandsOffException">The order is wrong, or does not fit what is on storage.</exception>
    Task<DatasetOpening?> OpenAsync(string dataset, DatasetOrder? order, CancellationToken cancellationToken);

    /// <summary>Keeps weight, priority and pause where a restart of all silos finds them; nothing for a dataset outside the cluster's store.</summary>
    Task SaveAsync(string dataset, DatasetSettings settings, CancellationToken cancellationToken);

    /// <summary>Writes the create-only tombstone, unless the dataset is complete. May be called again.</summary>
    Task<CancelOutcome> CancelAsync(string dataset, CancellationToken cancellationToken);

    /// <summary>Reads every shard back and writes the manifest, or names the shards that must be made again first.</summary>
    Task<IReadOnlyList<FaultyShard>> FinalizeAsync(string dataset, DatasetOpening opening, CancellationToken cancellationToken);
}
