using HandsOff.Core.Storage;

namespace HandsOff.Grains.Diagnostics;

/// <summary>An upload whose writes and commit are measured.</summary>
internal sealed class MeteredUpload : BlobUpload
{
    private readonly BlobUpload _inner;
    private readonly StoreMeter _meter;
    private readonly MeteredStream _stream;

    public MeteredUpload(BlobUpload inner, StoreMeter meter) => (_inner, _meter, _stream) = (inner, meter, new MeteredStream(inner.Stream, meter));

    public override Stream Stream => _stream;

    public override Task<bool> CommitAsync(CancellationToken cancellationToken) => _meter.RunAsync(StoreOperation.Commit, () => _inner.CommitAsync(cancellationToken), MeteredStore.Outcome);

    public override Task<bool> SaveAsAsync(string name, CancellationToken cancellationToken) => _inner.SaveAsAsync(name, cancellationToken);

    public override ValueTask DisposeAsync() => _inner.DisposeAsync();
}
