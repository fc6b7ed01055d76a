namespace HandsOff.Core.Storage;

/// <summary>A blob being written: invisible until committed, gone when disposed uncommitted.</summary>
public abstract class BlobUpload : IAsyncDisposable
{
    /// <summary>Where the bytes go; sequential writes only.</summary>
    public abstract Stream Stream { get; }

    /// <summary>Publishes the blob atomically; false when another blob of this name was committed first.</summary>
    public abstract Task<bool> CommitAsync(CancellationToken cancellationToken);

    /// <summary>
    /// After a lost <see cref="CommitAsync"/>: keeps the bytes under another name (create-only) as evidence. False when
    /// the store cannot, or the name is taken.
    /// </summary>
    public virtual Task<bool> SaveAsAsync(string name, CancellationToken cancellationToken) => Task.FromResult(false);

    public abstract ValueTask DisposeAsync();
}
