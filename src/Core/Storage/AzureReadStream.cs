namespace HandsOff.Core.Storage;

/// <summary>
/// A stream over a blob that turns the client's failures into the store's one-line errors. A range that arrived with another checksum is asked
/// for again by a new stream: the old one has it in its buffer and would hand it out.
/// </summary>
/// <param name="first">The stream at the blob's start.</param>
/// <param name="open">Another one, from a position on.</param>
/// <param name="failure">The store's words for a failure.</param>
internal sealed class AzureReadStream(Stream first, Func<long, CancellationToken, Task<Stream>> open, Func<Exception, HandsOffException> failure) : Stream
{
    private const int Tries = 5;

    private Stream _inner = first;

    public override bool CanRead => true;

    public override bool CanSeek => _inner.CanSeek;

    public override bool CanWrite => false;

    public override long Length => _inner.Length;

    public override long Position { get => _inner.Position; set => _inner.Position = value; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        long at = _inner.Position;
        for (int left = Tries; ; left--)
        {
            try
            {
                return await _inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (AzureErrors.IsStores(e, cancellationToken))
            {
                if (left <= 1 || !AzureErrors.IsGarbled(e)) throw failure(e);
            }

            await _inner.DisposeAsync().ConfigureAwait(false);
            try
            {
                _inner = await open(at, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (AzureErrors.IsStores(e, cancellationToken))
            {
                throw failure(e);
            }
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count)
    {
        try { return _inner.Read(buffer, offset, count); }
        catch (Exception e) when (AzureErrors.IsStores(e, CancellationToken.None)) { throw failure(e); }
    }

    public override long Seek(long offset, SeekOrigin origin) => _inner.Seek(offset, origin);

    public override void Flush()
    {
        // Nothing is written.
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) _inner.Dispose();
        base.Dispose(disposing);
    }
}
