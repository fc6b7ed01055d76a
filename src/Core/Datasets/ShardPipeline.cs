using System.Threading.Channels;
using HandsOff.Core.Datasets.Encoding;
using HandsOff.Core.Datasets.Production;
using HandsOff.Core.Datasets.Timing;
using HandsOff.Core.Storage;

namespace HandsOff.Core.Datasets;

/// <summary>
/// Makes shards on one device: generate and label | encode on other threads | tar | upload, joined by a bounded window. Several shards may be
/// run at once; their samples share micro-batches, so the device does not idle while one shard is being committed.
/// What comes out depends on the jobs alone.
/// </summary>
public sealed class ShardPipeline : IAsyncDisposable
{
    private readonly IDeviceWorker _device;
    private readonly TimeProvider _time;
    private readonly StageClock _clock;
    private readonly BatchFiller _filler;
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Channel<(ActiveShard Shard, RawSample Sample, bool Flagged)> _encode = Channel.CreateUnbounded<(ActiveShard, RawSample, bool)>();
    private readonly CancellationTokenSource _stop = new();
    private int _active;
    private readonly Task[] _loops;

    public ShardPipeline(IDeviceWorker device, ShardPipelineOptions options, TimeProvider time)
    {
        _device = device;
        _time = time;
        _clock = options.Clock ?? new StageClock(time);
        _clock.EncodeThreads = Math.Max(1, options.EncodeThreads);
        int batch = device.Engine.MicroBatch;
        _filler = new BatchFiller(batch, batch * Math.Max(2, options.WindowBatches));
        _loops = [Task.Run(GenerateLoopAsync), .. Enumerable.Range(0, _clock.EncodeThreads).Select(_ => Task.Run(EncodeLoopAsync))];
    }

    /// <summary>
    /// Makes and commits a shard. May be called several times at once. Stops within a micro-batch when cancelled, and leaves nothing
    /// visible then; throws <see cref="HandsOffException"/> for what concerns every shard (disk full, another pair).
    /// </summary>
    /// <param name="job">Which shard.</param>
    /// <param name="progress">Hears how many of its samples are written.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<ShardResult> RunAsync(ShardJob job, Action<int>? progress = null, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_stop.IsCancellationRequested, this);
        _device.Engine.Require(job.Request);
        _clock.Active.Enter();
        Interlocked.Increment(ref _active);
        Wake();
        try
        {
            return await MakeShardAsync(job, progress, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _active);
            _clock.Active.Exit();
            Wake();
        }
    }

    private async Task<ShardResult> MakeShardAsync(ShardJob job, Action<int>? progress, CancellationToken cancellationToken)
    {
        var timeline = job.Timeline ?? new ShardTimeline(_time);
        var started = _time.GetUtcNow();
        long start = _time.GetTimestamp();
        if (await ShardCommit.ReadReceiptAsync(job.Store, job.Range, cancellationToken).ConfigureAwait(false) is { } earlier)
            return new ShardResult { Outcome = ShardOutcome.AlreadyCommitted, Receipt = earlier };
        await DatasetState.ThrowIfCancelledAsync(job.Store, cancellationToken).ConfigureAwait(false);

        await using var upload = await job.Store.BeginUploadAsync(job.Range.Tar, cancellationToken).ConfigureAwait(false);
        await using var tar = new HashingWriter(upload.Stream, _time, timeline, _clock, cancellationToken);
        var shard = new ActiveShard(job.Request, job.Range, timeline);
        var writer = new ShardWriter(shard.Format, job.Range, tar);
        _filler.Add(shard);
        Wake();
        await CollectAsync(shard, writer, progress, cancellationToken).ConfigureAwait(false);

        var tarBlob = await writer.FinishTarAsync().ConfigureAwait(false);
        long committing = _time.GetTimestamp();
        byte[] parquet = await ShardParquet.WriteAsync(writer.Rows, cancellationToken).ConfigureAwait(false), index = DaliIndex.Write(writer.Rows);
        var receipt = new ShardReceipt
        {
            Shard = job.Range.Shard,
            First = job.Range.First,
            Count = job.Range.Count,
            Blobs = [tarBlob, Blob(job.Range.Parquet, parquet), Blob(job.Range.Index, index)],
            ContentSha256 = writer.ContentSha256,
            KernelClass = _device.Engine.KernelClass,
            Node = job.Node,
            AttemptId = Guid.NewGuid().ToString("n"),
            Started = started,
            Seconds = Math.Round(_time.GetElapsedTime(start).TotalSeconds, 3),
        };
        var (outcome, there, violation) = await CommitAsync(new ShardCommit(job, receipt, upload, parquet, index), timeline, committing, cancellationToken).ConfigureAwait(false);
        return new ShardResult
        {
            Outcome = outcome,
            Receipt = there,
            Violation = violation,
            Rejected = shard.Rejected,
            Flagged = shard.Flagged,
            Seconds = _time.GetElapsedTime(start).TotalSeconds,
            Stages = new StageTimes
            {
                Generate = timeline.Seconds(ShardStage.Generate),
                Label = timeline.Seconds(ShardStage.Label),
                GenerateWait = shard.GenerateWaitTicks / _time.TimestampFrequency,
                Encode = timeline.Seconds(ShardStage.Encode),
                Write = timeline.Seconds(ShardStage.Upload),
                Commit = timeline.Seconds(ShardStage.Commit),
            },
        };
    }

    /// <summary>Ends the loops; shards still in work fail.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested) return;
        await _stop.CancelAsync().ConfigureAwait(false);
        _encode.Writer.TryComplete();
        await Task.WhenAll(_loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _filler.FailAll(new OperationCanceledException("the pipeline was stopped"));
        _stop.Dispose();
    }

    private static ReceiptBlob Blob(string name, byte[] bytes) =>
        new(name, bytes.Length, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes)));

    private async Task<(ShardOutcome Outcome, ShardReceipt? Receipt, string Violation)> CommitAsync(ShardCommit commit, ShardTimeline timeline, long start, CancellationToken cancellationToken)
    {
        _clock.Commit.Enter();
        try
        {
            return await commit.RunAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _clock.Commit.Exit();
            timeline.Add(ShardStage.Commit, start, _time.GetTimestamp());
        }
    }

    /// <summary>Puts the shard's samples in order and into the tar, until all are there.</summary>
    private async Task CollectAsync(ActiveShard shard, ShardWriter writer, Action<int>? progress, CancellationToken cancellationToken)
    {
        var early = new Dictionary<long, EncodedSample>();
        int taken = 0, written = 0;
        try
        {
            while (!writer.IsComplete)
            {
                var encoded = await shard.Encoded.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                early.Add(encoded.Key.Index, encoded);
                taken = 1;
                while (!writer.IsComplete && early.Remove(writer.Next, out var sample))
                {
                    try
                    {
                        await writer.AppendAsync(sample).ConfigureAwait(false);
                    }
                    finally
                    {
                        sample.Return();
                        written++;
                    }
                }

                _filler.Done(taken, written);
                Wake();
                if (written > 0) progress?.Invoke(writer.Rows.Count);
                taken = written = 0;
            }
        }
        catch (ChannelClosedException e) when (e.InnerException is { } cause)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(cause);
        }
        finally
        {
            _filler.Remove(shard);
            shard.Encoded.Writer.TryComplete();
            int left = 0;
            for (; shard.Encoded.Reader.TryRead(out var sample); left++) sample.Return();
            foreach (var sample in early.Values) sample.Return();
            _filler.Done(taken + left, written + left + early.Count);
            Wake();
        }
    }

    /// <summary>Keeps two micro-batches with the device, so that it finds the next when it has done one.</summary>
    private async Task GenerateLoopAsync()
    {
        (MicroBatch Batch, Task<(RawSample[] Samples, BatchTime Time)> Made)? flying = null;
        while (!_stop.IsCancellationRequested)
        {
            (MicroBatch, Task<(RawSample[], BatchTime)>)? next = null;
            if (_filler.TryTake(flying is not null, out var waiting) is { } batch) next = (batch, MakeAsync(batch));
            if (flying is { } first) await DeliverAsync(first.Batch, first.Made).ConfigureAwait(false);
            else if (next is null) await PauseAsync(waiting).ConfigureAwait(false);
            flying = next;
        }

        if (flying is { } last) await DeliverAsync(last.Batch, last.Made).ConfigureAwait(false);
    }

    private Task<(RawSample[] Samples, BatchTime Time)> MakeAsync(MicroBatch batch) => _device.RunAsync(
        engine =>
        {
            long start = _time.GetTimestamp();
            var samples = engine.Generate(batch.Keys, batch.Recipe);
            if (samples.Length != batch.Keys.Length) throw new InvalidOperationException($"the engine made {samples.Length} samples of {batch.Keys.Length} keys");
            return (samples, new BatchTime(start, _time.GetTimestamp() - start, Math.Clamp(engine.LabelShare, 0, 1)));
        },
        _stop.Token);

    private async Task DeliverAsync(MicroBatch batch, Task<(RawSample[] Samples, BatchTime Time)> made)
    {
        try
        {
            var (samples, time) = await made.ConfigureAwait(false);
            _clock.Made(time, samples.Length);
            _filler.Deliver(batch, samples, time, (shard, sample, flagged) =>
            {
                if (!_encode.Writer.TryWrite((shard, sample, flagged))) _filler.Done(1, 1);
            });
        }
        catch (Exception e)
        {
            var shards = batch.Shards.Distinct().ToArray();
            if (shards.Length == 1)
            {
                _filler.Abandon(batch);
                shards[0].Fail(e);
                return;
            }

            // A shard is not to suffer for another one's sample: each by itself.
            foreach (var shard in shards)
            {
                var keys = batch.Keys.Where((_, i) => batch.Shards[i] == shard).ToArray();
                var own = new MicroBatch(batch.Recipe, keys, [.. keys.Select(_ => shard)]);
                await DeliverAsync(own, MakeAsync(own)).ConfigureAwait(false);
            }
        }
    }

    private async Task PauseAsync(ActiveShard? waiting)
    {
        long start = _time.GetTimestamp();
        bool blocked = Volatile.Read(ref _active) > 0; // with a shard in work, the device waits for what comes after it
        if (blocked) _clock.Blocked.Enter();
        try
        {
            await _signal.Reader.ReadAsync(_stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return;
        }
        finally
        {
            if (blocked) _clock.Blocked.Exit();
        }

        if (waiting is not null) waiting.GenerateWaitTicks += _time.GetTimestamp() - start;
    }

    private async Task EncodeLoopAsync()
    {
        using var encoder = new SampleEncoder();
        await foreach (var (shard, sample, flagged) in _encode.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
        {
            long start = _time.GetTimestamp();
            try
            {
                if (!shard.Dead)
                {
                    _clock.Encode.Enter();
                    EncodedSample encoded;
                    try
                    {
                        encoded = encoder.Encode(sample, flagged, shard.Format);
                    }
                    finally
                    {
                        _clock.Encode.Exit();
                        shard.Timeline.Add(ShardStage.Encode, start, _time.GetTimestamp());
                    }

                    if (shard.Encoded.Writer.TryWrite(encoded)) continue;
                    encoded.Return();
                }
            }
            catch (Exception e)
            {
                shard.Fail(e);
            }

            _filler.Done(1, 1);
            Wake();
        }
    }

    private void Wake() => _signal.Writer.TryWrite(true);
}
