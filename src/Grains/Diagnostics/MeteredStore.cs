using System.Runtime.CompilerServices;
using HandsOff.Core.Storage;

namespace HandsOff.Grains.Diagnostics;

/// <summary>A store whose operations are measured.</summary>
internal sealed class MeteredStore(IBlobStore inner, StoreMeter meter) : IBlobStore
{
    public string Description => inner.Description;

    public async Task<BlobContent?> ReadAsync(string name, CancellationToken cancellationToken)
    {
        var content = await meter.RunAsync(StoreOperation.Read, () => inner.ReadAsync(name, cancellationToken));
        if (content is not null) meter.Bytes("read", content.Bytes.Length);
        return content;
    }

    public async Task<Stream?> OpenReadAsync(string name, CancellationToken cancellationToken)
    {
        var stream = await meter.RunAsync(StoreOperation.Open, () => inner.OpenReadAsync(name, cancellationToken));
        return stream is null ? null : new MeteredStream(stream, meter);
    }

    public Task<BlobProperties?> StatAsync(string name, CancellationToken cancellationToken) => meter.RunAsync(StoreOperation.Stat, () => inner.StatAsync(name, cancellationToken));

    public async Task<bool> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        bool created = await meter.RunAsync(StoreOperation.Create, () => inner.CreateAsync(name, content, cancellationToken), Outcome);
        if (created) meter.Bytes("write", content.Length);
        return created;
    }

    public async Task<bool> ReplaceAsync(string name, ReadOnlyMemory<byte> content, string ifMatch, CancellationToken cancellationToken)
    {
        bool replaced = await meter.RunAsync(StoreOperation.Replace, () => inner.ReplaceAsync(name, content, ifMatch, cancellationToken), Outcome);
        if (replaced) meter.Bytes("write", content.Length);
        return replaced;
    }

    public async Task<BlobUpload> BeginUploadAsync(string name, CancellationToken cancellationToken) =>
        new MeteredUpload(await meter.RunAsync(StoreOperation.Begin, () => inner.BeginUploadAsync(name, cancellationToken)), meter);

    public Task<bool> DeleteAsync(string name, CancellationToken cancellationToken) => meter.RunAsync(StoreOperation.Delete, () => inner.DeleteAsync(name, cancellationToken));

    public async IAsyncEnumerable<BlobEntry> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var entries = inner.ListAsync(prefix, cancellationToken).GetAsyncEnumerator(cancellationToken);

        // The first answer is the store's; those of later pages are few and as long.
        bool more = await meter.RunAsync(StoreOperation.List, () => entries.MoveNextAsync().AsTask());
        for (; more; more = await entries.MoveNextAsync()) yield return entries.Current;
    }

    internal static string Outcome(bool done) => done ? "ok" : "refused";
}
