using System.Collections.Immutable;
using HandsOff.Grains.Nodes;

namespace HandsOff.Grains.Scheduling;

/// <summary>
/// The meeting place of open datasets and nodes (one a cluster, key 0). It holds nothing that the two do not tell it again
/// every few seconds, so its loss costs nothing. Who serves whom each node decides for itself (<see cref="FairShare"/>).
/// </summary>
[Alias("handsoff.IClusterSchedulerGrain")]
public interface IClusterSchedulerGrain : IGrainWithIntegerKey
{
    /// <summary>The dataset has work (said again every few seconds); wakes idle nodes when it is new.</summary>
    [Alias("Open")]
    Task Open(DatasetShare dataset);

    /// <summary>The dataset has no more work.</summary>
    [Alias("Close")]
    Task Close(string dataset);

    /// <summary>A node says it is there; it hears which datasets are open.</summary>
    [Alias("Attach")]
    Task<ImmutableArray<DatasetShare>> Attach(NodeStatus node);

    /// <summary>The node leaves.</summary>
    [Alias("Detach")]
    Task Detach(string node);

    /// <summary>Membership has declared a silo dead: its nodes are forgotten and their leases end, in every open dataset.</summary>
    [Alias("NodeGone")]
    Task NodeGone(string silo);

    /// <summary>The nodes heard of lately.</summary>
    [Alias("Nodes")]
    Task<ImmutableArray<NodeStatus>> Nodes();
}
