namespace HandsOff.Grains.Scheduling;

/// <summary>A shard that was set aside, and the last error it gave.</summary>
[GenerateSerializer, Immutable, Alias("handsoff.poison-shard")]
public sealed record PoisonShard([property: Id(0)] int Shard, [property: Id(1)] string Error);
