namespace HandsOff.Grains.Coordination;

/// <summary>A lease that a node works on, with the samples done so far, of how many.</summary>
[GenerateSerializer, Immutable, Alias("handsoff.held-lease")]
public sealed record HeldLease([property: Id(0)] string LeaseId, [property: Id(1)] int Shard, [property: Id(2)] int Done, [property: Id(3)] int Count);
