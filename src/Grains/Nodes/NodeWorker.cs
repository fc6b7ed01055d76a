using HandsOff.Core;
using HandsOff.Core.Storage;
using HandsOff.Grains.Coordination;
using HandsOff.Grains.Diagnostics;
using HandsOff.Grains.Errands;
using HandsOff.Grains.Scheduling;
using Microsoft.Extensions.Logging;

namespace HandsOff.Grains.Nodes;

/// <summary>
/// One device's worker, outside the grains: it pulls shards from the open datasets' coordinators, has them made, and
/// reports. One loop owns all its state; shards run beside it. Every call to a grain is short, and a lost answer only
/// means that the same report is sent again.
/// </summary>
public sealed class NodeWorker : IAsyncDisposable
{
    private readonly IShardRunner _runner;
    private readonly NodeOptions _options;
    private readonly HandsOffMeter _meter;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ShardHands _hands;
    private readonly NodeExchange _exchange;
    private readonly StageWindow _stages = new();
    private readonly SemaphoreSlim _signal = new(0);
    private readonly CancellationTokenSource _stop = new();
    private volatile NodeState _state = NodeState.Idle;
    private volatile bool _drained, _noticed, _woken;
    private volatile string _lastError = "";
    private long _shardsDone, _samplesDone;
    private Task _pump = Task.CompletedTask;

    public NodeWorker(string node, IGrainFactory grains, IShardRunner runner, NodeOptions options, HandsOffMeter meter, TimeProvider time, ILogger log)
    {
        (Node, _runner, _options, _meter, _time, _log) = (node, runner, options, meter, time, log);
        _hands = new ShardHands(node, runner, options.Slots, () => IsDraining, Signal);
        _exchange = new NodeExchange(node, grains, _hands, time, Trouble, Signal);
        if (runner is IErrandRunner errands) Errands = new ErrandDesk(errands, node, time);
        if (runner.Clock is { } clock) clock.BatchMade = (seconds, samples) => _meter.Batch(Node, seconds, samples);
    }

    /// <summary><c>silo/device</c>.</summary>
    public string Node { get; }

    public NodeStatus Status => new()
    {
        Node = Node,
        State = _state,
        Pairs = [.. _runner.Pairs],
        Shards = _hands.Count,
        ShardsDone = Interlocked.Read(ref _shardsDone),
        SamplesDone = Interlocked.Read(ref _samplesDone),
        LastError = _lastError,
        Stages = _stages.Shares,
        MakesSamples = Samples is not null,
        DoesErrands = Errands is not null,
    };

    /// <summary>Makes single samples on this node's device; null when its runner cannot.</summary>
    public ISampleRunner? Samples => _runner as ISampleRunner;

    /// <summary>Errands of clients; null when its runner does none.</summary>
    internal ErrandDesk? Errands { get; }

    /// <summary>Begins to ask for work.</summary>
    public void Start()
    {
        _meter.Begin(Node);
        _pump = Task.Run(() => PumpAsync(_stop.Token));
    }

    /// <summary>There may be work: asks now.</summary>
    public void Wake()
    {
        _woken = true;
        _signal.Release();
    }

    /// <summary>Takes nothing new; what is leased is finished.</summary>
    public void Drain()
    {
        _drained = true;
        DrainingChanged();
    }

    /// <summary>Takes work again, unless its machine will be taken away.</summary>
    public void Resume()
    {
        _drained = false;
        DrainingChanged();
    }

    /// <summary>
    /// The notice that its machine will be taken away stands, or does no more. While it stands the node drains; then it does again as it was told before.
    /// </summary>
    public void Notice(bool stands)
    {
        _noticed = stands;
        DrainingChanged();
    }

    private bool IsDraining => _drained || _noticed;

    private void DrainingChanged()
    {
        if (Errands is not null) Errands.Closed = IsDraining;
        Wake();
    }

    /// <summary>Drops the work in hand, gives its leases back and ends the worker. Nothing half-made stays on storage.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested) return;
        await _stop.CancelAsync();
        _signal.Release();
        await _pump;
        if (Errands is not null) await Errands.DisposeAsync();
        await _runner.DisposeAsync();
        _stop.Dispose();
        _signal.Dispose();
    }

    private async Task PumpAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var pause = _hands.Count == 0 ? _options.IdlePoll : _exchange.ReportEvery > _options.Heartbeat ? _exchange.ReportEvery : _options.Heartbeat;
            if (_runner.Clock is { } clock) _stages.Note(clock.Read());
            try
            {
                Collect();
                if (_exchange.AttachDue(atOnce: _woken || _hands.Count == 0))
                {
                    _woken = false;
                    _exchange.Attach(Status);
                }

                await _exchange.RoundAsync(stop);
                if (_exchange.Soonest < pause) pause = _exchange.Soonest;
            }
            catch (Exception e)
            {
                Trouble(e);
                pause = NodeExchange.AfterError;
            }

            _state = IsDraining ? (_hands.Count > 0 ? NodeState.Draining : NodeState.Stopped) : _hands.Count > 0 ? NodeState.Working : NodeState.Idle;
            await PauseAsync(pause, stop);
        }

        await LeaveAsync();
    }

    /// <summary>Waits for the time, a finished shard, a wake or the stop.</summary>
    private async Task PauseAsync(TimeSpan pause, CancellationToken stop)
    {
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(stop);
            var signalled = _signal.WaitAsync(either.Token);
            await Task.WhenAny(signalled, Task.Delay(pause, _time, either.Token));
            await either.CancelAsync();
            await signalled;
            while (_signal.Wait(0, CancellationToken.None)) { }
        }
        catch (OperationCanceledException)
        {
            // Time is up or the worker stops; the loop looks.
        }
    }

    private void Trouble(Exception e)
    {
        _lastError = e.Message;
        _log.CallFailed(Node, e);
    }

    private void Signal()
    {
        try
        {
            _signal.Release();
        }
        catch (ObjectDisposedException)
        {
            // The worker ended without waiting for this one.
        }
    }

    /// <summary>Moves finished shards from the hands to the outboxes.</summary>
    private void Collect()
    {
        foreach (var (work, done, error) in _hands.Collect())
        {
            var link = _exchange.Link(work.Dataset.Dataset);
            using var ended = work;
            if (link.Request != work.Request)
            {
                _meter.NotCommitted(Node, "lost", work.Held.Done); // of a dataset that is no more
            }
            else if (done is not null)
            {
                link.Outbox.Done.Add(done);
                _exchange.Served(work.Dataset, Work(done));
                if (done.Probe) continue;
                Interlocked.Increment(ref _shardsDone);
                Interlocked.Add(ref _samplesDone, work.Grant.Count);
                _meter.Committed(Node, work.Grant.Count, done);
            }
            else if (work.Lost || error is OperationCanceledException)
            {
                link.Outbox.Returned.Add(work.Grant.LeaseId);
                _meter.NotCommitted(Node, "lost", work.Held.Done);
            }
            else
            {
                var failed = Failure(work, error!);
                link.Outbox.Failed.Add(failed);
                _lastError = failed.Error;
                _meter.NotCommitted(Node, "failed", work.Held.Done);
                if (error is DeterminismViolationException) _meter.Violation(Node);
                _log.ShardFailed(Node, work.Dataset.Dataset, work.Grant.Shard, failed.Kind, error!);
            }
        }
    }

    /// <summary>What a shard cost the device: its own time, so that a dataset is not charged for what ran beside it.</summary>
    private static double Work(ShardDone done) => done.Stages.Generate > 0 ? done.Stages.Generate : done.Seconds;

    /// <summary>A message the user can act on concerns the whole dataset; anything else may go away.</summary>
    private static ShardFailed Failure(ShardWork work, Exception error)
    {
        var kind = error switch
        {
            HandsOffException { Sample: not null } => FailureKind.Transient, // the coordinator finds out which
            HandsOffException { IsTransient: false } => FailureKind.Dataset,
            _ when StoreOutage.Is(error) => FailureKind.Outage,
            DeterminismViolationException => FailureKind.Shard,
            _ => FailureKind.Transient,
        };
        string text = error is not (HandsOffException or DeterminismViolationException) ? $"{error.GetType().Name}: {error.Message}" : error.Message;
        return new ShardFailed(work.Grant.LeaseId, work.Grant.Shard, kind, text);
    }

    /// <summary>The last report: what was finished, and the leases given back.</summary>
    private async Task LeaveAsync()
    {
        _state = NodeState.Stopped;
        var patience = _time.GetUtcNow() + TimeSpan.FromSeconds(5); // a micro-batch, and what was already being committed
        while (_hands.Count > 0 && _time.GetUtcNow() < patience)
        {
            await PauseAsync(TimeSpan.FromMilliseconds(20), CancellationToken.None);
            Collect();
        }

        await _exchange.LeaveAsync();
    }
}
