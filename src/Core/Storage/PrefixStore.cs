using System.Runtime.CompilerServices;

namespace HandsOff.Core.Storage;

/// <summary>A part of a store: every name gets a prefix that it cannot leave. A dataset in a store of many.</summary>
public sealed class PrefixStore : IBlobStore
{
    private readonly IBlobStore _inner;
    private readonly string _prefix;

    /// <param name="inner">The whole store.</param>
    /// <param name="folder">The part's name, without a slash at its end.</param>
    public PrefixStore(IBlobStore inner, string folder)
    {
        _inner = inner;
        _prefix = BlobName.Check(folder) + "/";
    }

    public string Description => $"{_inner.Description.TrimEnd('/')}/{_prefix.TrimEnd('/')}";

    public Task<BlobContent?> ReadAsync(string name, CancellationToken cancellationToken) => _inner.ReadAsync(Full(name), cancellationToken);

    public Task<Stream?> OpenReadAsync(string name, CancellationToken cancellationToken) => _inner.OpenReadAsync(Full(name), cancellationToken);

    public Task<BlobProperties?> StatAsync(string name, CancellationToken cancellationToken) => _inner.StatAsync(Full(name), cancellationToken);

    public Task<bool> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        _inner.CreateAsync(Full(name), content, cancellationToken);

    public Task<bool> ReplaceAsync(string name, ReadOnlyMemory<byte> content, string ifMatch, CancellationToken cancellationToken) =>
        _inner.ReplaceAsync(Full(name), content, ifMatch, cancellationToken);

    public async Task<BlobUpload> BeginUploadAsync(string name, CancellationToken cancellationToken) =>
        new PrefixUpload(await _inner.BeginUploadAsync(Full(name), cancellationToken).ConfigureAwait(false), _prefix);

    public Task<bool> DeleteAsync(string name, CancellationToken cancellationToken) => _inner.DeleteAsync(Full(name), cancellationToken);

    public async IAsyncEnumerable<BlobEntry> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var entry in _inner.ListAsync(_prefix + BlobName.CheckPrefix(prefix), cancellationToken).ConfigureAwait(false))
            yield return entry with { Name = entry.Name[_prefix.Length..] };
    }

    public async IAsyncEnumerable<string> ListFoldersAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (string folder in _inner.ListFoldersAsync(_prefix + BlobName.CheckPrefix(prefix), cancellationToken).ConfigureAwait(false))
            yield return folder[_prefix.Length..];
    }

    private string Full(string name) => _prefix + BlobName.Check(name);

    private sealed class PrefixUpload(BlobUpload inner, string prefix) : BlobUpload
    {
        public override Stream Stream => inner.Stream;

        public override Task<bool> CommitAsync(CancellationToken cancellationToken) => inner.CommitAsync(cancellationToken);

        public override Task<bool> SaveAsAsync(string name, CancellationToken cancellationToken) =>
            inner.SaveAsAsync(prefix + BlobName.Check(name), cancellationToken);

        public override ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
