using System.Collections.Concurrent;
using System.Security.Cryptography;
using HandsOff.Core.Storage;

namespace HandsOff.Core.Tests.Datasets;

/// <summary>A store in memory whose every step can be made to fail, before or after it took effect.</summary>
internal sealed class MemoryStore : IBlobStore
{
    public ConcurrentDictionary<string, byte[]> Blobs { get; private init; } = new(StringComparer.Ordinal);

    /// <summary>Asked at every step with its name; an exception it returns is thrown. After: the step took effect.</summary>
    public Func<string, bool, Exception?> Fault { get; set; } = (_, _) => null;

    public string Description => "memory";

    /// <summary>The same blobs without faults: what another process sees.</summary>
    public MemoryStore Reopen() => new() { Blobs = Blobs };

    public Task<BlobContent?> ReadAsync(string name, CancellationToken cancellationToken) =>
        Step($"read {name}", () => Blobs.TryGetValue(name, out byte[]? b) ? new BlobContent(b, Tag(b)) : null);

    public Task<Stream?> OpenReadAsync(string name, CancellationToken cancellationToken) =>
        Step($"open {name}", () => Blobs.TryGetValue(name, out byte[]? b) ? (Stream)new MemoryStream(b, writable: false) : null);

    public Task<BlobProperties?> StatAsync(string name, CancellationToken cancellationToken) =>
        Step($"stat {name}", () => Blobs.TryGetValue(name, out byte[]? b) ? new BlobProperties(b.Length, Tag(b)) : null);

    public Task<bool> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        Step($"create {name}", () => Blobs.TryAdd(name, content.ToArray()));

    public Task<bool> ReplaceAsync(string name, ReadOnlyMemory<byte> content, string ifMatch, CancellationToken cancellationToken) =>
        Step($"replace {name}", () => Blobs.TryGetValue(name, out byte[]? there) && Tag(there) == ifMatch && Blobs.TryUpdate(name, content.ToArray(), there));

    public Task<BlobUpload> BeginUploadAsync(string name, CancellationToken cancellationToken) => Step<BlobUpload>($"begin {name}", () => new Upload(this, name));

    public Task<bool> DeleteAsync(string name, CancellationToken cancellationToken) => Step($"delete {name}", () => Blobs.TryRemove(name, out _));

    public async IAsyncEnumerable<BlobEntry> ListAsync(string prefix, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var found = await Step($"list {prefix}", () => Blobs.Where(b => b.Key.StartsWith(prefix, StringComparison.Ordinal)).OrderBy(b => b.Key, StringComparer.Ordinal).ToArray());
        foreach (var (name, bytes) in found) yield return new BlobEntry(name, bytes.Length);
    }

    private static string Tag(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private async Task<T> Step<T>(string what, Func<T> act)
    {
        await Task.Yield();
        if (Fault(what, false) is { } before) throw before;
        var result = act();
        return Fault(what, true) is { } after ? throw after : result;
    }

    private sealed class Upload(MemoryStore store, string name) : BlobUpload
    {
        private readonly MemoryStream _bytes = new();

        public override Stream Stream
        {
            get
            {
                if (store.Fault($"write {name}", false) is { } error) throw error;
                return _bytes;
            }
        }

        public override Task<bool> CommitAsync(CancellationToken cancellationToken) => store.Step($"commit {name}", () => store.Blobs.TryAdd(name, _bytes.ToArray()));

        public override Task<bool> SaveAsAsync(string other, CancellationToken cancellationToken) => store.Step($"save {other}", () => store.Blobs.TryAdd(other, _bytes.ToArray()));

        public override ValueTask DisposeAsync() => _bytes.DisposeAsync();
    }
}
