using HandsOff.Core.Datasets.Encoding;
using HandsOff.Core.Storage;

namespace HandsOff.Core.Datasets;

/// <summary>Reads single samples out of a dataset's shards, by the offsets of their DALI indices.</summary>
public sealed class DatasetReader(DatasetState dataset)
{
    private (string Name, IReadOnlyList<(string Extension, long Offset, int Bytes)[]> Members)? _index;

    /// <summary>Reads a sample; null when its shard is not committed. Samples of one shard in a row are cheap.</summary>
    public async Task<StoredSample?> ReadAsync(long index, CancellationToken cancellationToken)
    {
        // A dataset being extended is read as its manifest has it.
        var plan = dataset.Manifest is { } manifest && index < manifest.Samples ? new ShardPlan(manifest.Samples, manifest.ShardSize) : dataset.Plan;
        var range = plan.Of(index);
        var store = dataset.Store;
        if (_index?.Name != range.Index)
        {
            if (await store.StatAsync(range.Receipt, cancellationToken).ConfigureAwait(false) is null) return null;
            var content = await store.ReadAsync(range.Index, cancellationToken).ConfigureAwait(false)
                ?? throw new HandsOffException($"{store.Description}/{range.Index}: is missing; handsoff repair makes it again");
            _index = (range.Index, DaliIndex.Read(content.Bytes, $"{store.Description}/{range.Index}"));
        }

        await using var tar = await store.OpenReadAsync(range.Tar, cancellationToken).ConfigureAwait(false)
            ?? throw new HandsOffException($"{store.Description}/{range.Tar}: is missing; handsoff repair makes it again");
        var members = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        var header = new byte[TarFormat.Block];
        foreach (var (extension, offset, bytes) in _index.Value.Members[(int)(index - range.First)])
        {
            try
            {
                tar.Seek(offset - TarFormat.Block, SeekOrigin.Begin);
                await tar.ReadExactlyAsync(header, cancellationToken).ConfigureAwait(false);
                string expected = $"{SampleEncoder.Key(index)}.{extension}";
                if (!TarFormat.TryReadHeader(header, range.Tar, out string name, out long size) || name != expected || size != bytes)
                    throw new HandsOffException($"{store.Description}/{range.Tar}: has '{name}' where its index says {expected}; handsoff repair makes it again");
                members[extension] = new byte[bytes];
                await tar.ReadExactlyAsync(members[extension], cancellationToken).ConfigureAwait(false);
            }
            catch (EndOfStreamException)
            {
                throw new HandsOffException($"{store.Description}/{range.Tar}: is cut short; handsoff repair makes it again");
            }
        }

        return new StoredSample(dataset.Request, index, members);
    }
}
