namespace HandsOff.Core.Storage;

/// <summary>Takes everything and keeps nothing: for work whose success alone is of interest.</summary>
public sealed class DiscardStore : IBlobStore
{
    public string Description => "nowhere";

    public Task<BlobContent?> ReadAsync(string name, CancellationToken cancellationToken) => Task.FromResult<BlobContent?>(null);

    public Task<Stream?> OpenReadAsync(string name, CancellationToken cancellationToken) => Task.FromResult<Stream?>(null);

    public Task<BlobProperties?> StatAsync(string name, CancellationToken cancellationToken) => Task.FromResult<BlobProperties?>(null);

    public Task<bool> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => Task.FromResult(true);

    public Task<bool> ReplaceAsync(string name, ReadOnlyMemory<byte> content, string ifMatch, CancellationToken cancellationToken) => Task.FromResult(true);

    public Task<BlobUpload> BeginUploadAsync(string name, CancellationToken cancellationToken) => Task.FromResult<BlobUpload>(new Upload());

    public Task<bool> DeleteAsync(string name, CancellationToken cancellationToken) => Task.FromResult(false);

    public IAsyncEnumerable<BlobEntry> ListAsync(string prefix, CancellationToken cancellationToken) => AsyncEnumerable.Empty<BlobEntry>();

    private sealed class Upload : BlobUpload
    {
        public override Stream Stream => Stream.Null;

        public override Task<bool> CommitAsync(CancellationToken cancellationToken) => Task.FromResult(true);

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
