namespace HandsOff.Grains.Coordination;

/// <summary>A shard given to a node: samples [First, First + Count).</summary>
[GenerateSerializer, Immutable, Alias("handsoff.shard-grant")]
public sealed record ShardGrant([property: Id(0)] string LeaseId, [property: Id(1)] int Shard, [property: Id(2)] long First, [property: Id(3)] int Count);
