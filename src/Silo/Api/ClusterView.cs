namespace HandsOff.Silo.Api;

/// <summary>Everything the page shows that moves.</summary>
/// <param name="Sequence">Rises with every change; a silo counts for itself.</param>
/// <param name="Time">When it was so.</param>
/// <param name="Rate">Samples a second of all datasets.</param>
/// <param name="Datasets">By name.</param>
/// <param name="Nodes">By name.</param>
public sealed record ClusterView(long Sequence, DateTimeOffset Time, double Rate, IReadOnlyList<DatasetView> Datasets, IReadOnlyList<NodeView> Nodes);
