namespace HandsOff.Grains.Scheduling;

/// <summary>An open dataset's claim on the cluster.</summary>
/// <param name="Dataset">Its store (the coordinator's key).</param>
/// <param name="Weight">Its part of the nodes' time beside others of its priority; above 0.</param>
/// <param name="Priority">Higher ones are served first.</param>
[GenerateSerializer, Immutable, Alias("handsoff.dataset-share")]
public sealed record DatasetShare([property: Id(0)] string Dataset, [property: Id(1)] double Weight = 1, [property: Id(2)] int Priority = 0);
