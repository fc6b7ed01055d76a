using HandsOff.Core.Datasets;

namespace HandsOff.Grains.Errands;

/// <summary>Between <see cref="ManifestShard"/> and what travels of it.</summary>
[RegisterConverter]
internal sealed class ManifestShardConverter : IConverter<ManifestShard, ManifestShardSurrogate>
{
    public ManifestShard ConvertFromSurrogate(in ManifestShardSurrogate surrogate)
    {
        var (names, bytes, digests) = (surrogate.BlobNames, surrogate.BlobBytes, surrogate.BlobSha256);
        return new ManifestShard
        {
            Shard = surrogate.Shard,
            First = surrogate.First,
            Count = surrogate.Count,
            Blobs = [.. Enumerable.Range(0, names.Length).Select(i => new ReceiptBlob(names[i], bytes[i], digests[i]))],
            ContentSha256 = surrogate.ContentSha256,
            KernelClass = new KernelClass(surrogate.Torch, surrogate.Device, surrogate.Dtype, surrogate.MicroBatch),
        };
    }

    public ManifestShardSurrogate ConvertToSurrogate(in ManifestShard value) => new(
        value.Shard, value.First, value.Count,
        [.. value.Blobs.Select(b => b.Name)], [.. value.Blobs.Select(b => b.Bytes)], [.. value.Blobs.Select(b => b.Sha256)],
        value.ContentSha256, value.KernelClass.Torch, value.KernelClass.Device, value.KernelClass.Dtype, value.KernelClass.MicroBatch);
}
