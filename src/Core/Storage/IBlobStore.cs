using System.Runtime.CompilerServices;

namespace HandsOff.Core.Storage;

/// <summary>
/// The store of datasets and pairs: named blobs with create-only and compare-and-swap writes. Names are relative,
/// '/'-separated. Two back ends: a local folder and Azure Blob storage.
/// </summary>
public interface IBlobStore
{
    /// <summary>What users call it: the folder's path or <c>az:CONTAINER/PREFIX</c>.</summary>
    string Description { get; }

    /// <summary>The blob's bytes and ETag, or null when there is none.</summary>
    Task<BlobContent?> ReadAsync(string name, CancellationToken cancellationToken);

    /// <summary>A stream over the blob (for large ones), or null when there is none. The caller disposes it.</summary>
    Task<Stream?> OpenReadAsync(string name, CancellationToken cancellationToken);

    /// <summary>Length and ETag, or null when there is none.</summary>
    Task<BlobProperties?> StatAsync(string name, CancellationToken cancellationToken);

    /// <summary>Creates the blob; false when one of this name exists already (nothing is changed).</summary>
    Task<bool> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>Replaces the blob if its ETag still is <paramref name="ifMatch"/>; false when it is not.</summary>
    Task<bool> ReplaceAsync(string name, ReadOnlyMemory<byte> content, string ifMatch, CancellationToken cancellationToken);

    /// <summary>
    /// Begins a create-only blob that is written as a stream. Nothing is visible before
    /// <see cref="BlobUpload.CommitAsync"/>; disposing without it leaves nothing behind.
    /// </summary>
    Task<BlobUpload> BeginUploadAsync(string name, CancellationToken cancellationToken);

    /// <summary>Removes the blob; false when there is none.</summary>
    Task<bool> DeleteAsync(string name, CancellationToken cancellationToken);

    /// <summary>Names (relative to the store) and lengths of the blobs under a prefix, in ordinal name order.</summary>
    IAsyncEnumerable<BlobEntry> ListAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>
    /// The folders directly under a prefix (empty, or ending in '/'): their names relative to the store, without a slash at
    /// their end, in ordinal order. What lies deeper is not named.
    /// </summary>
    async IAsyncEnumerable<string> ListFoldersAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BlobName.CheckFolderPrefix(prefix);
        string last = "";
        await foreach (var blob in ListAsync(prefix, cancellationToken).ConfigureAwait(false))
        {
            int slash = blob.Name.IndexOf('/', prefix.Length);
            if (slash < 0 || blob.Name.AsSpan(0, slash).SequenceEqual(last)) continue;
            yield return last = blob.Name[..slash];
        }
    }
}
