using System.Collections.Immutable;

namespace HandsOff.Grains.Errands;

/// <summary>How a <see cref="Core.Datasets.ManifestShard"/> travels: Core knows nothing of Orleans.</summary>
[GenerateSerializer, Immutable, Alias("handsoff.manifest-shard")]
internal readonly record struct ManifestShardSurrogate(
    [property: Id(0)] int Shard,
    [property: Id(1)] long First,
    [property: Id(2)] int Count,
    [property: Id(3)] ImmutableArray<string> BlobNames,
    [property: Id(4)] ImmutableArray<long> BlobBytes,
    [property: Id(5)] ImmutableArray<string> BlobSha256,
    [property: Id(6)] string ContentSha256,
    [property: Id(7)] string Torch,
    [property: Id(8)] string Device,
    [property: Id(9)] string Dtype,
    [property: Id(10)] int MicroBatch);
