namespace HandsOff.Core.Storage;

/// <summary>A blob being written: invisible until committed, gone when disposed uncommitted.</summary>
public abstract class BlobUpload : IAsyncDisposable
{
    /// <summary>Where the bytes go; sequential writes only.</summary>
    public abstract Stream Stream { get; }

    /// <summary>Publishes the blob atomically; false when another blob of this name was committed first.</summary>
    public abstract Task<bool> CommitAsync(CancellationToken cancellationToken);

    public abstract ValueTask DisposeAsync();
}
