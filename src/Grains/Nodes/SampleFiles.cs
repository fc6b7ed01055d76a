using System.Collections.Immutable;
using HandsOff.Core.Datasets;

namespace HandsOff.Grains.Nodes;

/// <summary>A single sample's files on their way from the node that made it to the silo that was asked. Shards never travel this way.</summary>
[GenerateSerializer, Immutable, Alias("handsoff.sample-files")]
public sealed record SampleFiles([property: Id(0)] ImmutableDictionary<string, byte[]> Members)
{
    public static SampleFiles Of(StoredSample sample) => new(sample.Members.ToImmutableDictionary(StringComparer.Ordinal));

    public StoredSample ToSample(DatasetRequest request, long index) => new(request, index, Members);
}
