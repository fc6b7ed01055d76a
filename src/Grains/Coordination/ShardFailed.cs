using HandsOff.Grains.Scheduling;

namespace HandsOff.Grains.Coordination;

/// <summary>A shard that a node could not make.</summary>
[GenerateSerializer, Immutable, Alias("handsoff.shard-failed")]
public sealed record ShardFailed([property: Id(0)] string LeaseId, [property: Id(1)] int Shard, [property: Id(2)] FailureKind Kind, [property: Id(3)] string Error);
