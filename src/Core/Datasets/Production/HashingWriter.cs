using System.Buffers;
using System.Security.Cryptography;
using System.Threading.Channels;
using HandsOff.Core.Datasets.Timing;

namespace HandsOff.Core.Datasets.Production;

/// <summary>
/// Gathers small writes into blocks, which a task of its own hashes and writes to the stream, so that the caller goes on while a
/// block is on its way. At most four blocks wait.
/// </summary>
internal sealed class HashingWriter : IAsyncDisposable
{
    private const int BlockLength = 1 << 19, Waiting = 4;

    private readonly Channel<(byte[] Block, int Length)> _blocks = Channel.CreateBounded<(byte[], int)>(Waiting);
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly CancellationTokenSource _stop;
    private readonly TimeProvider _time;
    private readonly ShardTimeline _timeline;
    private readonly Occupancy _uploading;
    private readonly Task _pump;
    private byte[] _block = ArrayPool<byte>.Shared.Rent(BlockLength);
    private int _filled;

    public HashingWriter(Stream target, TimeProvider time, ShardTimeline timeline, StageClock clock, CancellationToken cancellationToken)
    {
        (_time, _timeline, _uploading) = (time, timeline, clock.Upload);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _pump = Task.Run(() => PumpAsync(target, _stop.Token), CancellationToken.None);
    }

    /// <summary>Bytes written so far.</summary>
    public long Length { get; private set; }

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        Length += bytes.Length;
        while (bytes.Length > 0)
        {
            int n = Math.Min(bytes.Length, BlockLength - _filled);
            bytes.Span[..n].CopyTo(_block.AsSpan(_filled));
            bytes = bytes[n..];
            _filled += n;
            if (_filled == BlockLength) await HandOnAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Writes what is left; the SHA-256 of everything in lower-case hex.</summary>
    public async Task<string> FinishAsync()
    {
        if (_filled > 0) await HandOnAsync().ConfigureAwait(false);
        _blocks.Writer.TryComplete();
        await _pump.ConfigureAwait(false);
        return Convert.ToHexStringLower(_hash.GetHashAndReset());
    }

    public async ValueTask DisposeAsync()
    {
        _blocks.Writer.TryComplete();
        await _stop.CancelAsync().ConfigureAwait(false);
        await _pump.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        while (_blocks.Reader.TryRead(out var left)) ArrayPool<byte>.Shared.Return(left.Block);
        ArrayPool<byte>.Shared.Return(_block);
        _block = [];
        _hash.Dispose();
        _stop.Dispose();
    }

    private async ValueTask HandOnAsync()
    {
        try
        {
            await _blocks.Writer.WriteAsync((_block, _filled), _stop.Token).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            await _pump.ConfigureAwait(false); // throws why
            throw;
        }

        _block = ArrayPool<byte>.Shared.Rent(BlockLength);
        _filled = 0;
    }

    private async Task PumpAsync(Stream target, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var (block, length) in _blocks.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                long start = _time.GetTimestamp();
                _uploading.Enter();
                try
                {
                    _hash.AppendData(block, 0, length);
                    await target.WriteAsync(block.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
                }
                finally
                {
                    ArrayPool<byte>.Shared.Return(block);
                    _uploading.Exit();
                    _timeline.Add(ShardStage.Upload, start, _time.GetTimestamp());
                }
            }
        }
        finally
        {
            _blocks.Writer.TryComplete();
        }
    }
}
