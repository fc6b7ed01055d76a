using HandsOff.Core;
using HandsOff.Core.Storage;

namespace HandsOff.Silo.Tests.Support;

/// <summary>A store that can be told to be out of reach.</summary>
internal sealed class SilentStore(IBlobStore inner) : IBlobStore
{
    /// <summary>Everything asked of it fails, as it does when no answer comes.</summary>
    public bool Silent { get; set; }

    public string Description => inner.Description;

    private IBlobStore Inner => Silent ? throw new HandsOffException($"{Description}: the store cannot be reached") { IsTransient = true } : inner;

    public Task<BlobContent?> ReadAsync(string name, CancellationToken cancellationToken) => Inner.ReadAsync(name, cancellationToken);

    public Task<Stream?> OpenReadAsync(string name, CancellationToken cancellationToken) => Inner.OpenReadAsync(name, cancellationToken);

    public Task<BlobProperties?> StatAsync(string name, CancellationToken cancellationToken) => Inner.StatAsync(name, cancellationToken);

    public Task<bool> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => Inner.CreateAsync(name, content, cancellationToken);

    public Task<bool> ReplaceAsync(string name, ReadOnlyMemory<byte> content, string ifMatch, CancellationToken cancellationToken) => Inner.ReplaceAsync(name, content, ifMatch, cancellationToken);

    public Task<BlobUpload> BeginUploadAsync(string name, CancellationToken cancellationToken) => Inner.BeginUploadAsync(name, cancellationToken);

    public Task<bool> DeleteAsync(string name, CancellationToken cancellationToken) => Inner.DeleteAsync(name, cancellationToken);

    public IAsyncEnumerable<BlobEntry> ListAsync(string prefix, CancellationToken cancellationToken) => Inner.ListAsync(prefix, cancellationToken);

    public IAsyncEnumerable<string> ListFoldersAsync(string prefix, CancellationToken cancellationToken) => Inner.ListFoldersAsync(prefix, cancellationToken);
}
