namespace HandsOff.Core.Storage;

/// <summary>A write-only stream that gathers bytes into blocks of one length and hands each full one on.</summary>
internal sealed class BlockStream(int blockLength, Func<ReadOnlyMemory<byte>, CancellationToken, Task> handOn) : Stream
{
    private readonly byte[] _block = new byte[blockLength];
    private int _filled;
    private long _length;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => _length;

    public override long Position { get => _length; set => throw new NotSupportedException(); }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty)
        {
            int n = Math.Min(buffer.Length, blockLength - _filled);
            buffer.Span[..n].CopyTo(_block.AsSpan(_filled));
            buffer = buffer[n..];
            _filled += n;
            _length += n;
            if (_filled == blockLength) await FlushBlockAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Hands on what is there, were it less than a block.</summary>
    public async Task FlushBlockAsync(CancellationToken cancellationToken)
    {
        if (_filled == 0) return;
        await handOn(_block.AsMemory(0, _filled), cancellationToken).ConfigureAwait(false);
        _filled = 0;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => WriteAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override void Flush()
    {
        // Blocks go when they are full; the last one with the commit.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
