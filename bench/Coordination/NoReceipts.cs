using HandsOff.Core.Datasets;
using HandsOff.Core.Storage;

namespace HandsOff.Bench.Coordination;

/// <summary>A store that takes shards but neither keeps nor looks for receipts and tombstones.</summary>
internal sealed class NoReceipts(IBlobStore inner) : IBlobStore
{
    public string Description => inner.Description;

    public Task<BlobContent?> ReadAsync(string name, CancellationToken cancellationToken) => Task.FromResult<BlobContent?>(null);

    public Task<Stream?> OpenReadAsync(string name, CancellationToken cancellationToken) => inner.OpenReadAsync(name, cancellationToken);

    public Task<BlobProperties?> StatAsync(string name, CancellationToken cancellationToken) => Task.FromResult<BlobProperties?>(null);

    public Task<bool> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        name.StartsWith(DatasetBlobs.Receipts, StringComparison.Ordinal) ? Task.FromResult(true) : inner.CreateAsync(name, content, cancellationToken);

    public Task<bool> ReplaceAsync(string name, ReadOnlyMemory<byte> content, string ifMatch, CancellationToken cancellationToken) => inner.ReplaceAsync(name, content, ifMatch, cancellationToken);

    public Task<BlobUpload> BeginUploadAsync(string name, CancellationToken cancellationToken) => inner.BeginUploadAsync(name, cancellationToken);

    public Task<bool> DeleteAsync(string name, CancellationToken cancellationToken) => inner.DeleteAsync(name, cancellationToken);

    public IAsyncEnumerable<BlobEntry> ListAsync(string prefix, CancellationToken cancellationToken) => inner.ListAsync(prefix, cancellationToken);
}
