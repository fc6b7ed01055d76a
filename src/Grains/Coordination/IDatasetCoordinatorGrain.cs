namespace HandsOff.Grains.Coordination;

/// <summary>
/// Looks after one dataset: validates the order, plans, leases shards to nodes, finalises. Its key is the dataset's store
/// (a folder or <c>az:CONTAINER/PREFIX</c>). It is a cache of what is on storage and never holds image bytes; a new
/// activation lists the receipts and goes on. It is not a lock: two at once still give one correct dataset.
/// </summary>
[Alias("handsoff.IDatasetCoordinatorGrain")]
public interface IDatasetCoordinatorGrain : IGrainWithStringKey
{
    /// <summary>
    /// Starts, resumes or extends the dataset and returns its first figures. A wrong order gives phase Failed with a message
    /// and exit code, not an exception.
    /// </summary>
    [Alias("Start")]
    Task<DatasetStatus> Start(DatasetOrder order);

    /// <summary>The figures now.</summary>
    [Alias("Status")]
    Task<DatasetStatus> Status();

    /// <summary>Leases nothing more and takes back what is leased. What is committed stays.</summary>
    [Alias("Stop")]
    Task<DatasetStatus> Stop();

    /// <summary>The request's JSON, for nodes; null when the dataset is unknown.</summary>
    [Alias("Request")]
    Task<string?> Request();

    /// <summary>A node's report and the coordinator's orders.</summary>
    [Alias("Exchange")]
    Task<NodeOrders> Exchange(NodeReport report);
}
