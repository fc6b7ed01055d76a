namespace HandsOff.Grains.Coordination;

/// <summary>
/// Looks after one dataset: validates the order, plans, leases shards to nodes, finalises. Its key is the dataset's store
/// (a folder or <c>az:CONTAINER/PREFIX</c>). It is a cache of what is on storage and never holds image bytes; a new
/// activation lists the receipts and goes on. It is not a lock: two at once still give one correct dataset.
/// Every command may be given again; one that cannot be followed changes nothing and is answered with
/// <see cref="DatasetStatus.Refused"/>. Commands are answered within two seconds whether the store answers or not
/// (<see cref="Start"/>: within six); what is still to be written is then in <see cref="DatasetStatus.Message"/>.
/// </summary>
[Alias("handsoff.IDatasetCoordinatorGrain")]
public interface IDatasetCoordinatorGrain : IGrainWithStringKey
{
    /// <summary>
    /// Starts, resumes or extends the dataset and returns its first figures. Shards that were set aside get a new chance. A wrong
    /// order gives no exception: a dataset that is there already goes on as it was (see <see cref="DatasetStatus.Refused"/>),
    /// otherwise the phase is Failed with a message and exit code.
    /// </summary>
    [Alias("Start")]
    Task<DatasetStatus> Start(DatasetOrder order);

    /// <summary>The figures now.</summary>
    [Alias("Status")]
    Task<DatasetStatus> Status();

    /// <summary>Leases nothing more and takes back what is leased. What is committed stays.</summary>
    [Alias("Stop")]
    Task<DatasetStatus> Stop();

    /// <summary>Begins no further shard; those in hand are finished. Refused when there is nothing to pause.</summary>
    [Alias("Pause")]
    Task<DatasetStatus> Pause();

    /// <summary>Goes on after a pause, a stop or a failure.</summary>
    [Alias("Resume")]
    Task<DatasetStatus> Resume();

    /// <summary>Gives the dataset up for good. Refused when it is complete.</summary>
    [Alias("Cancel")]
    Task<DatasetStatus> Cancel();

    /// <summary>Changes its part of the nodes' time.</summary>
    /// <param name="weight">Above 0, at most a million.</param>
    /// <param name="priority">Higher ones are served first.</param>
    [Alias("Reprioritise")]
    Task<DatasetStatus> Reprioritise(double weight, int priority);

    /// <summary>A silo is gone for certain: its leases end now instead of running out.</summary>
    [Alias("Forget")]
    Task Forget(string silo);

    /// <summary>A node's report and the coordinator's orders.</summary>
    [Alias("Exchange")]
    Task<NodeOrders> Exchange(NodeReport report);
}
