namespace HandsOff.Grains.Errands;

/// <summary>A runner that also reads shards back and makes them again, between the micro-batches of its leases.</summary>
public interface IErrandRunner
{
    /// <summary>Does an errand.</summary>
    /// <param name="errand">Which.</param>
    /// <param name="node">Who does it, for receipts.</param>
    /// <param name="cancellationToken">Stops within a micro-batch; nothing half-made stays on storage.</param>
    /// <exception cref="Core.HandsOffException">The pair is not to be had, or it cannot be done.</exception>
    Task<ErrandReport> DoAsync(NodeErrand errand, string node, CancellationToken cancellationToken);
}
