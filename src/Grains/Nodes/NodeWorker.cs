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
    private static readonly TimeSpan s_attachEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_afterError = TimeSpan.FromSeconds(1);

    private readonly IGrainFactory _grains;
    private readonly IShardRunner _runner;
    private readonly NodeOptions _options;
    private readonly HandsOffMeter _meter;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly long _epoch;
    private readonly SemaphoreSlim _signal = new(0);
    private readonly CancellationTokenSource _stop = new();
    private readonly FairShare _share = new();
    private readonly StageWindow _stages = new();
    private readonly Dictionary<string, ShardWork> _works = new(StringComparer.Ordinal);
    private readonly Dictionary<string, NodeOutbox> _outboxes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _requests = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DateTimeOffset> _askAgain = new(StringComparer.Ordinal);
    private readonly Lock _ended = new();
    private readonly List<(ShardWork Work, ShardDone? Done, Exception? Error)> _results = [];
    private IReadOnlyCollection<DatasetShare> _open = [];
    private volatile NodeState _state = NodeState.Idle;
    private volatile bool _draining, _woken;
    private volatile string _lastError = "";
    private TimeSpan _reportEvery;
    private long _shardsDone, _samplesDone;
    private Task _pump = Task.CompletedTask;

    public NodeWorker(string node, IGrainFactory grains, IShardRunner runner, NodeOptions options, HandsOffMeter meter, TimeProvider time, ILogger log)
    {
        (Node, _grains, _runner, _options, _meter, _time, _log) = (node, grains, runner, options, meter, time, log);
        _epoch = time.GetUtcNow().UtcTicks;
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
        Shards = _works.Count,
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
        _draining = true;
        if (Errands is not null) Errands.Closed = true;
        Wake();
    }

    /// <summary>Takes work again.</summary>
    public void Resume()
    {
        _draining = false;
        if (Errands is not null) Errands.Closed = false;
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

    private IClusterSchedulerGrain Scheduler => _grains.GetGrain<IClusterSchedulerGrain>(0);

    private async Task PumpAsync(CancellationToken stop)
    {
        var attached = DateTimeOffset.MinValue;
        while (!stop.IsCancellationRequested)
        {
            var pause = _works.Count == 0 ? _options.IdlePoll : _reportEvery > _options.Heartbeat ? _reportEvery : _options.Heartbeat;
            if (_runner.Clock is { } clock) _stages.Note(clock.Read());
            try
            {
                Collect();
                var now = _time.GetUtcNow();
                if (_woken || _works.Count == 0 || now - attached >= s_attachEvery)
                {
                    _woken = false;
                    _open = await Scheduler.Attach(Status);
                    attached = now;
                }

                var soonest = await ExchangeAllAsync(stop);
                if (soonest < pause) pause = soonest;
            }
            catch (Exception e)
            {
                // The scheduler or a coordinator is moving or gone: leases outlive a few missed reports, and a node that
                // leaves does so whether it can still be heard or not.
                _lastError = e.Message;
                _log.CallFailed(Node, e);
                pause = s_afterError;
            }

            _state = _draining ? (_works.Count > 0 ? NodeState.Draining : NodeState.Stopped) : _works.Count > 0 ? NodeState.Working : NodeState.Idle;
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

    /// <summary>Reports to every coordinator that has something coming and asks for work in fair order; when to ask again.</summary>
    private async Task<TimeSpan> ExchangeAllAsync(CancellationToken stop)
    {
        var soonest = TimeSpan.MaxValue;
        _reportEvery = TimeSpan.Zero;
        var order = _share.Order(_open);
        var others = _works.Values.Select(w => w.Dataset).Concat(_outboxes.Where(o => !o.Value.IsEmpty).Select(o => new DatasetShare(o.Key)));
        foreach (var dataset in order.Concat(others).DistinctBy(d => d.Dataset).ToArray())
        {
            var now = _time.GetUtcNow();
            bool open = order.Any(d => d.Dataset == dataset.Dataset);
            bool due = _askAgain.GetValueOrDefault(dataset.Dataset) <= now;
            int want = open && due && !_draining ? _options.Slots - _works.Count : 0;
            var outbox = Outbox(dataset.Dataset);
            var held = _works.Values.Where(w => w.Dataset.Dataset == dataset.Dataset).Select(w => w.Held).ToArray();
            if (want <= 0 && held.Length == 0 && outbox.IsEmpty) continue;

            var report = outbox.Report(Node, _epoch, Math.Max(0, want), held);
            var coordinator = _grains.GetGrain<IDatasetCoordinatorGrain>(dataset.Dataset);
            var orders = await coordinator.Exchange(report);
            outbox.Told(report);
            if (orders.ReportEvery > _reportEvery) _reportEvery = orders.ReportEvery;
            foreach (string lost in orders.Lost)
            {
                if (_works.TryGetValue(lost, out var work)) work.Lose();
            }

            if (orders.Grants.Length < want)
            {
                _askAgain[dataset.Dataset] = now + orders.AskAgainIn;
                _share.HadNothing(dataset);
                if (orders.AskAgainIn < soonest) soonest = orders.AskAgainIn;
            }

            if (orders.LeaseTime > TimeSpan.Zero && orders.LeaseTime / 3 < soonest) soonest = orders.LeaseTime / 3;
            foreach (var grant in orders.Grants)
            {
                var work = new ShardWork(dataset, grant, stop) { Asked = now, Granted = _time.GetUtcNow(), DatasetTrace = orders.Trace };
                if (!await BeginAsync(work, coordinator)) work.Dispose();
            }
        }

        return soonest;
    }

    private async Task<bool> BeginAsync(ShardWork work, IDatasetCoordinatorGrain coordinator)
    {
        string dataset = work.Dataset.Dataset;
        if (!_requests.TryGetValue(dataset, out string? request))
        {
            request = await coordinator.Request();
            if (request is null) return false; // stopped meanwhile: the lease runs out
            _requests[dataset] = request;
        }

        _works.Add(work.Grant.LeaseId, work);
        _ = Task.Run(() => MakeAsync(work, request), CancellationToken.None);
        return true;
    }

    private async Task MakeAsync(ShardWork work, string request)
    {
        ShardDone? done = null;
        Exception? error = null;
        using (var trace = ShardTrace.Begin(Node, work))
        {
            try
            {
                done = await _runner.RunAsync(work.Dataset.Dataset, request, work.Grant, Node, work.Progress, work.Token);
            }
            catch (Exception e)
            {
                error = e;
            }

            trace.End(done, error, work.Lost);
        }

        lock (_ended) _results.Add((work, done, error));
        try
        {
            _signal.Release();
        }
        catch (ObjectDisposedException)
        {
            // The worker ended without waiting for this one.
        }
    }

    /// <summary>Moves finished shards from the works to the outboxes.</summary>
    private void Collect()
    {
        (ShardWork Work, ShardDone? Done, Exception? Error)[] results;
        lock (_ended)
        {
            results = [.. _results];
            _results.Clear();
        }

        foreach (var (work, done, error) in results)
        {
            var outbox = Outbox(work.Dataset.Dataset);
            _works.Remove(work.Grant.LeaseId);
            using var ended = work;
            if (done is not null)
            {
                outbox.Done.Add(done);
                _share.Served(work.Dataset, Work(done));
                if (done.Probe) continue;
                Interlocked.Increment(ref _shardsDone);
                Interlocked.Add(ref _samplesDone, work.Grant.Count);
                _meter.Committed(Node, work.Grant.Count, done);
            }
            else if (work.Lost || error is OperationCanceledException)
            {
                outbox.Returned.Add(work.Grant.LeaseId);
                _meter.NotCommitted(Node, "lost", work.Held.Done);
            }
            else
            {
                var failed = Failure(work, error!);
                outbox.Failed.Add(failed);
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
        while (_works.Count > 0 && _time.GetUtcNow() < patience)
        {
            await PauseAsync(TimeSpan.FromMilliseconds(20), CancellationToken.None);
            Collect();
        }

        try
        {
            foreach (var (dataset, outbox) in _outboxes.Where(o => !o.Value.IsEmpty))
                await _grains.GetGrain<IDatasetCoordinatorGrain>(dataset).Exchange(outbox.Report(Node, _epoch, 0, [])).WaitAsync(TimeSpan.FromSeconds(2), _time);
            await Scheduler.Detach(Node).WaitAsync(TimeSpan.FromSeconds(2), _time);
        }
        catch (Exception e)
        {
            _log.CallFailed(Node, e); // the leases run out by themselves
        }
    }

    private NodeOutbox Outbox(string dataset)
    {
        if (!_outboxes.TryGetValue(dataset, out var outbox)) _outboxes.Add(dataset, outbox = new NodeOutbox());
        return outbox;
    }
}
