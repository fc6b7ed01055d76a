namespace HandsOff.Grains.Coordination;

/// <summary>
/// The cluster's store, which the host registers when it has one: a folder or <c>az:CONTAINER[/PREFIX]</c>. Datasets directly under it are in the
/// cluster's catalog.
/// </summary>
public sealed record ClusterRoot(string Uri);
