using System.Security.Cryptography;
using HandsOff.Core.Datasets.Encoding;
using HandsOff.Core.Storage;

namespace HandsOff.Core.Datasets.Reading;

/// <summary>Reads a committed shard back: every blob there, of the stated size and SHA-256, and its table agreeing with the receipt.</summary>
internal static class ShardCheck
{
    private const int AtOnce = 4;

    /// <summary>A shard's first fault, or its table.</summary>
    /// <param name="store">The dataset's store.</param>
    /// <param name="request">Its request.</param>
    /// <param name="shard">What the shard should be.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <param name="tableOnly">Reads no other blob: the shard was read back before.</param>
    public static async Task<(ShardFault? Fault, ShardTable? Table)> RunAsync(
        IBlobStore store, DatasetRequest request, ManifestShard shard, CancellationToken cancellationToken, bool tableOnly = false)
    {
        ShardTable? table = null;
        foreach (var blob in shard.Blobs)
        {
            bool isTable = blob.Name.EndsWith(".parquet", StringComparison.Ordinal);
            if (tableOnly && !isTable) continue;
            await using var stream = await store.OpenReadAsync(blob.Name, cancellationToken).ConfigureAwait(false);
            if (stream is null) return (new ShardFault(shard.Shard, $"{blob.Name} is missing"), null);
            if (stream.Length != blob.Bytes) return (new ShardFault(shard.Shard, $"{blob.Name} has {stream.Length} bytes, its receipt says {blob.Bytes}"), null);
            byte[] kept = isTable ? new byte[blob.Bytes] : [];
            if (isTable) await stream.ReadExactlyAsync(kept, cancellationToken).ConfigureAwait(false);
            byte[] digest = isTable ? SHA256.HashData(kept) : await SHA256.HashDataAsync(stream, cancellationToken).ConfigureAwait(false);
            if (Convert.ToHexStringLower(digest) != blob.Sha256) return (new ShardFault(shard.Shard, $"{blob.Name} is damaged: its SHA-256 is not its receipt's"), null);
            if (isTable) table = await ShardTable.ReadAsync(kept, request, blob.Name, cancellationToken).ConfigureAwait(false);
        }

        if (table is null) return (new ShardFault(shard.Shard, "its receipt names no table"), null);
        return table.Index.Length != shard.Count || table.Index[0] != shard.First || table.ContentSha256() != shard.ContentSha256
            ? (new ShardFault(shard.Shard, "its table does not hold what its receipt says"), null)
            : (null, table);
    }

    /// <summary>Checks shards, several at once; <paramref name="each"/> gets the sound ones' tables, one call at a time.</summary>
    public static async Task<IReadOnlyList<ShardFault>> AllAsync(
        IBlobStore store, DatasetRequest request, IReadOnlyList<ManifestShard> shards, Action<ManifestShard, ShardTable>? each, Action<int>? progress, CancellationToken cancellationToken, bool tablesOnly = false)
    {
        var faults = new List<ShardFault>();
        int done = 0;
        await Parallel.ForEachAsync(shards, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (shard, ct) =>
        {
            var (fault, table) = await RunAsync(store, request, shard, ct, tablesOnly).ConfigureAwait(false);
            lock (faults)
            {
                if (fault is not null) faults.Add(fault);
                else each?.Invoke(shard, table!);
                progress?.Invoke(++done);
            }
        }).ConfigureAwait(false);
        return [.. faults.OrderBy(f => f.Shard)];
    }
}
