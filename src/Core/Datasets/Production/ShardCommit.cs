using System.Security.Cryptography;
using HandsOff.Core.Storage;

namespace HandsOff.Core.Datasets.Production;

/// <summary>
/// The commit of a shard: data blobs first, receipt last, all create-only. Finding equal content there is success, whoever
/// wrote it and whether or not an answer was lost. Finding other content is a violation: nothing is overwritten, ours is
/// kept beside it.
/// </summary>
internal sealed class ShardCommit(ShardJob job, ShardReceipt receipt, BlobUpload tar, byte[] parquet, byte[] index)
{
    private readonly IBlobStore _store = job.Store;

    public async Task<(ShardOutcome Outcome, ShardReceipt? Receipt, string Violation)> RunAsync(CancellationToken cancellationToken)
    {
        bool created = await tar.CommitAsync(cancellationToken).ConfigureAwait(false);
        if (!created && await DiffersAsync(receipt.Blobs[0], cancellationToken).ConfigureAwait(false)) return await ViolatedAsync(receipt.Blobs[0].Name, cancellationToken).ConfigureAwait(false);
        foreach (var (blob, bytes) in new[] { (receipt.Blobs[1], parquet), (receipt.Blobs[2], index) })
        {
            created = await _store.CreateAsync(blob.Name, bytes, cancellationToken).ConfigureAwait(false);
            if (!created && await DiffersAsync(blob, cancellationToken).ConfigureAwait(false)) return await ViolatedAsync(blob.Name, cancellationToken).ConfigureAwait(false);
        }

        await DatasetState.ThrowIfCancelledAsync(_store, cancellationToken).ConfigureAwait(false);
        if (await _store.CreateAsync(job.Range.Receipt, receipt.ToJson(), cancellationToken).ConfigureAwait(false)) return (ShardOutcome.Committed, receipt, "");
        var there = await ReadReceiptAsync(_store, job.Range, cancellationToken).ConfigureAwait(false)
            ?? throw new IOException($"{_store.Description}: {job.Range.Receipt} was there and is gone");
        return there.Content.SameContent(receipt.Content)
            ? (there.AttemptId == receipt.AttemptId ? ShardOutcome.Committed : ShardOutcome.AlreadyCommitted, there, "")
            : await ViolatedAsync(job.Range.Receipt, cancellationToken).ConfigureAwait(false);
    }

    public static async Task<ShardReceipt?> ReadReceiptAsync(IBlobStore store, ShardRange range, CancellationToken cancellationToken)
    {
        var content = await store.ReadAsync(range.Receipt, cancellationToken).ConfigureAwait(false);
        return content is null ? null : ShardReceipt.FromJson(content.Bytes, $"{store.Description}/{range.Receipt}");
    }

    private async Task<bool> DiffersAsync(ReceiptBlob ours, CancellationToken cancellationToken)
    {
        await using var stream = await _store.OpenReadAsync(ours.Name, cancellationToken).ConfigureAwait(false)
            ?? throw new IOException($"{_store.Description}: {ours.Name} was there and is gone");
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken).ConfigureAwait(false)) != ours.Sha256;
    }

    private async Task<(ShardOutcome Outcome, ShardReceipt? Receipt, string Violation)> ViolatedAsync(string name, CancellationToken cancellationToken)
    {
        string folder = $"{DatasetBlobs.Violations}{Path.GetFileNameWithoutExtension(job.Range.Receipt)}-{receipt.AttemptId}/";
        // The tar when the store can still give it a name; the table holds every sample's digests in any case.
        await tar.SaveAsAsync(folder + Path.GetFileName(job.Range.Tar), cancellationToken).ConfigureAwait(false);
        await _store.CreateAsync(folder + Path.GetFileName(job.Range.Parquet), parquet, cancellationToken).ConfigureAwait(false);
        await _store.CreateAsync(folder + Path.GetFileName(job.Range.Index), index, cancellationToken).ConfigureAwait(false);
        await _store.CreateAsync(folder + "receipt.json", receipt.ToJson(), cancellationToken).ConfigureAwait(false);
        var there = await ReadReceiptAsync(_store, job.Range, cancellationToken).ConfigureAwait(false);
        return (ShardOutcome.Violation, there, $"shard {job.Range.Shard}: {name} exists with other content; nothing was overwritten, this attempt's is under {folder}");
    }
}
