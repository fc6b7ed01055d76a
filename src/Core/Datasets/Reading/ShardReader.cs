using HandsOff.Core.Datasets.Encoding;
using HandsOff.Core.Storage;

namespace HandsOff.Core.Datasets.Reading;

/// <summary>Reads single samples out of a committed shard, by the offsets of its DALI index, which is read once.</summary>
internal sealed class ShardReader(IBlobStore store, DatasetRequest request, ShardRange range)
{
    private IReadOnlyList<(string Extension, long Offset, int Bytes)[]>? _members;

    public ShardRange Range => range;

    public async Task<StoredSample> ReadAsync(long index, CancellationToken cancellationToken)
    {
        if (_members is null)
        {
            var content = await store.ReadAsync(range.Index, cancellationToken).ConfigureAwait(false) ?? throw Bad(range.Index, "is missing");
            _members = DaliIndex.Read(content.Bytes, $"{store.Description}/{range.Index}");
        }

        await using var tar = await store.OpenReadAsync(range.Tar, cancellationToken).ConfigureAwait(false) ?? throw Bad(range.Tar, "is missing");
        var members = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        var header = new byte[TarFormat.Block];
        foreach (var (extension, offset, bytes) in _members[(int)(index - range.First)])
        {
            try
            {
                tar.Seek(offset - TarFormat.Block, SeekOrigin.Begin);
                await tar.ReadExactlyAsync(header, cancellationToken).ConfigureAwait(false);
                string expected = $"{SampleEncoder.Key(index)}.{extension}";
                if (!TarFormat.TryReadHeader(header, range.Tar, out string name, out long size) || name != expected || size != bytes)
                    throw Bad(range.Tar, $"has '{name}' where its index says {expected}");
                members[extension] = new byte[bytes];
                await tar.ReadExactlyAsync(members[extension], cancellationToken).ConfigureAwait(false);
            }
            catch (EndOfStreamException)
            {
                throw Bad(range.Tar, "is cut short");
            }
        }

        return new StoredSample(request, index, members);
    }

    private HandsOffException Bad(string name, string what) => new($"{store.Description}/{name}: {what}; handsoff repair makes it again");
}
