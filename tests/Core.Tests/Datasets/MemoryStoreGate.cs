using HandsOff.Core.Storage;

namespace HandsOff.Core.Tests.Datasets;

/// <summary>Holds its user back at the first upload until the gate opens.</summary>
internal sealed class MemoryStoreGate(MemoryStore inner, Task gate) : IBlobStore
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Reached => _reached.Task;

    public string Description => inner.Description;

    public Task<BlobContent?> ReadAsync(string name, CancellationToken cancellationToken) => inner.ReadAsync(name, cancellationToken);

    public Task<Stream?> OpenReadAsync(string name, CancellationToken cancellationToken) => inner.OpenReadAsync(name, cancellationToken);

    public Task<BlobProperties?> StatAsync(string name, CancellationToken cancellationToken) => inner.StatAsync(name, cancellationToken);

    public Task<bool> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => inner.CreateAsync(name, content, cancellationToken);

    public Task<bool> ReplaceAsync(string name, ReadOnlyMemory<byte> content, string ifMatch, CancellationToken cancellationToken) => inner.ReplaceAsync(name, content, ifMatch, cancellationToken);

    public async Task<BlobUpload> BeginUploadAsync(string name, CancellationToken cancellationToken)
    {
        _reached.TrySetResult();
        await gate;
        return await inner.BeginUploadAsync(name, cancellationToken);
    }

    public Task<bool> DeleteAsync(string name, CancellationToken cancellationToken) => inner.DeleteAsync(name, cancellationToken);

    public IAsyncEnumerable<BlobEntry> ListAsync(string prefix, CancellationToken cancellationToken) => inner.ListAsync(prefix, cancellationToken);
}
