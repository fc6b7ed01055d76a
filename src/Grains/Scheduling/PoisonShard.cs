using System.Collections.Immutable;

namespace HandsOff.Grains.Scheduling;

/// <summary>A shard that was set aside, the last error it gave, and the samples at fault where they could be told.</summary>
[GenerateSerializer, Immutable, Alias("handsoff.poison-shard")]
public sealed record PoisonShard([property: Id(0)] int Shard, [property: Id(1)] string Error)
{
    /// <summary>The samples that fail by themselves, as far as they were looked for (see <see cref="PoisonHunt.MostFound"/>); empty when none does.</summary>
    [Id(2)] public ImmutableArray<PoisonSample> Samples { get; init; } = [];
}
