using HandsOff.Grains.Coordination;
using HandsOff.Grains.Scheduling;

namespace HandsOff.Grains.Nodes;

/// <summary>A shard that a node works on.</summary>
internal sealed class ShardWork(DatasetShare dataset, RequestText request, ShardGrant grant, CancellationToken stop) : IDisposable
{
    private readonly CancellationTokenSource _cancel = CancellationTokenSource.CreateLinkedTokenSource(stop);
    private int _done;

    public DatasetShare Dataset => dataset;

    /// <summary>What its shard is made from.</summary>
    public RequestText Request => request;

    public ShardGrant Grant => grant;

    /// <summary>When the node asked for it.</summary>
    public DateTimeOffset Asked { get; init; }

    /// <summary>When it got it.</summary>
    public DateTimeOffset Granted { get; init; }

    /// <summary>W3C id of the dataset's span; empty when nobody watches.</summary>
    public string DatasetTrace { get; init; } = "";

    /// <summary>Set when the coordinator says that the work is of no more use.</summary>
    public bool Lost { get; private set; }

    public CancellationToken Token => _cancel.Token;

    public HeldLease Held => new(grant.LeaseId, grant.Shard, Volatile.Read(ref _done), grant.Count);

    public void Progress(int samples) => Volatile.Write(ref _done, samples);

    public void Lose()
    {
        Lost = true;
        _cancel.Cancel();
    }

    public void Dispose() => _cancel.Dispose();
}
