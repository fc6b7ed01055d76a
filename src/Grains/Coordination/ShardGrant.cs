namespace HandsOff.Grains.Coordination;

/// <summary>A shard given to a node: samples [First, First + Count).</summary>
/// <param name="LeaseId">The lease it is given under.</param>
/// <param name="Shard">Its number.</param>
/// <param name="First">First sample to make.</param>
/// <param name="Count">How many.</param>
/// <param name="Probe">Only a part of the shard, to see whether it can be made: nothing is written.</param>
[GenerateSerializer, Immutable, Alias("handsoff.shard-grant")]
public sealed record ShardGrant([property: Id(0)] string LeaseId, [property: Id(1)] int Shard, [property: Id(2)] long First, [property: Id(3)] int Count, [property: Id(4)] bool Probe = false);
