using System.Collections.Immutable;
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
    private static readonly TimeSpan s_afterError = TimeSpan.FromSeconds(1), s_longestAfterError = TimeSpan.FromSeconds(8);

    // What one grain that does not answer may keep the others waiting, a round.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

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
    private readonly Dictionary<string, RequestText> _requests = new(StringComparer.Ordinal);
    private readonly Dictionary<string, NodeCall> _calls = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (DateTimeOffset Until, TimeSpan Pause)> _silent = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DateTimeOffset> _askAgain = new(StringComparer.Ordinal);
    private readonly Lock _ended = new();
    private readonly List<(ShardWork Work, ShardDone? Done, Exception? Error)> _results = [];
    private IReadOnlyCollection<DatasetShare> _open = [];
    private volatile NodeState _state = NodeState.Idle;
    private volatile bool _drained, _noticed, _woken;
    private volatile string _lastError = "";
    private TimeSpan _reportEvery, _soonest;
    private long _shardsDone, _samplesDone, _sequence;
    private Task<ImmutableArray<DatasetShare>>? _attaching;
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
                if (_attaching is null && (_woken || _works.Count == 0 || now - attached >= s_attachEvery))
                {
                    _woken = false;
                    _attaching = Scheduler.Attach(Status);
                    attached = now;
                }

                (_soonest, _reportEvery) = (TimeSpan.MaxValue, TimeSpan.Zero);
                await AttachAsync(stop);
                await ExchangeAllAsync(stop);
                if (_soonest < pause) pause = _soonest;
            }
            catch (Exception e)
            {
                _lastError = e.Message;
                _log.CallFailed(Node, e);
                pause = s_afterError;
            }

            _state = IsDraining ? (_works.Count > 0 ? NodeState.Draining : NodeState.Stopped) : _works.Count > 0 ? NodeState.Working : NodeState.Idle;
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

    /// <summary>
    /// Takes the scheduler's word on what there is to do, if it comes in time. While the scheduler is moving or gone, what was known holds on.
    /// </summary>
    private async Task AttachAsync(CancellationToken stop)
    {
        if (_attaching is not { } attaching || !await InTimeAsync(attaching, stop)) return;
        _attaching = null;
        try
        {
            _open = await attaching;
        }
        catch (Exception e)
        {
            Trouble(e);
            Soon(s_afterError);
        }
    }

    /// <summary>
    /// Asks for work in fair order, one coordinator after the other because what one gives need not be asked of the next; then tells the others
    /// what they have coming, all at once. One that does not answer in time, or fails, keeps no other from being heard: its answer is taken in when it comes.
    /// </summary>
    private async Task ExchangeAllAsync(CancellationToken stop)
    {
        long begun = _time.GetTimestamp();
        foreach (var call in _calls.Values.Where(c => c.Answer.IsCompleted).ToArray()) await HearAsync(call, stop);
        var told = new HashSet<string>(StringComparer.Ordinal);
        var order = _share.Order(_open);
        foreach (var dataset in order)
        {
            if (IsDraining || _works.Count >= _options.Slots || _time.GetElapsedTime(begun) >= s_patience) break;
            if (_askAgain.GetValueOrDefault(dataset.Dataset) > _time.GetUtcNow() || !told.Add(dataset.Dataset)) continue;
            if (Call(dataset, _options.Slots - _works.Count) is { } call) await HearInTimeAsync([call], stop);
        }

        var others = order.Concat(_works.Values.Select(w => w.Dataset)).Concat(_outboxes.Keys.Select(o => new DatasetShare(o)));
        await HearInTimeAsync([.. others.DistinctBy(d => d.Dataset).Where(d => !told.Contains(d.Dataset)).Select(d => Call(d, want: 0)).OfType<NodeCall>()], stop);
    }

    /// <summary>Sends the dataset's coordinator a report; null when there is nothing to say, or the one before is not answered yet.</summary>
    private NodeCall? Call(DatasetShare dataset, int want)
    {
        string key = dataset.Dataset;
        var now = _time.GetUtcNow();
        if (_calls.ContainsKey(key)) return null;
        if (_silent.TryGetValue(key, out var silent) && silent.Until > now)
        {
            Soon(silent.Until - now);
            return null;
        }

        var outbox = Outbox(key);
        var held = _works.Values.Where(w => w.Dataset.Dataset == key && !w.Lost).Select(w => w.Held).ToArray();
        if (want <= 0 && held.Length == 0 && outbox.IsEmpty) return null;
        var report = outbox.Report(Node, _epoch, ++_sequence, want, held, _requests.GetValueOrDefault(key));
        return _calls[key] = new NodeCall(dataset, report, now, ExchangeAsync(key, report));
    }

    private async Task<NodeOrders> ExchangeAsync(string dataset, NodeReport report) => await _grains.GetGrain<IDatasetCoordinatorGrain>(dataset).Exchange(report);

    /// <summary>Takes in the answers that come in time; the loop is woken for the others.</summary>
    private async Task HearInTimeAsync(NodeCall[] calls, CancellationToken stop)
    {
        if (calls.Length > 0) await InTimeAsync(Task.WhenAll(calls.Select(c => c.Answer)), stop);
        foreach (var call in calls)
        {
            if (call.Answer.IsCompleted) await HearAsync(call, stop);
            else _ = call.Answer.ContinueWith(_ => Signal(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private async Task<bool> InTimeAsync(Task task, CancellationToken stop)
    {
        if (!task.IsCompleted)
        {
            using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
            await Task.WhenAny(task, Task.Delay(s_patience, _time, over.Token));
            await over.CancelAsync();
        }

        return task.IsCompleted;
    }

    /// <summary>Follows a coordinator's orders.</summary>
    private async Task HearAsync(NodeCall call, CancellationToken stop)
    {
        string key = call.Dataset.Dataset;
        _calls.Remove(key);
        NodeOrders orders;
        try
        {
            orders = await call.Answer;
        }
        catch (Exception e)
        {
            // It is moving or gone: leases outlive a few missed reports, and a node that leaves does so whether it can still be heard or not.
            Trouble(e);
            var pause = _silent.TryGetValue(key, out var before) ? before.Pause * 2 : s_afterError;
            if (pause > s_longestAfterError) pause = s_longestAfterError;
            _silent[key] = (_time.GetUtcNow() + pause, pause);
            Soon(pause);
            return;
        }

        _silent.Remove(key);
        var outbox = Outbox(key);
        outbox.Told(call.Report);
        if (orders.Request.Length > 0) TakeRequest(key, orders.Request);
        if (orders.ReportEvery > _reportEvery) _reportEvery = orders.ReportEvery;
        foreach (string lost in orders.Lost)
        {
            if (_works.TryGetValue(lost, out var work)) work.Lose();
        }

        if (orders.Grants.Length < call.Report.Want)
        {
            _askAgain[key] = call.Asked + orders.AskAgainIn;
            _share.HadNothing(call.Dataset);
            Soon(orders.AskAgainIn);
        }

        if (orders.LeaseTime > TimeSpan.Zero) Soon(orders.LeaseTime / 3);
        foreach (var grant in orders.Grants)
        {
            // An answer that came late finds the slots taken.
            if (_works.Count < _options.Slots && !IsDraining && _requests.TryGetValue(key, out var request)) Begin(new ShardWork(call.Dataset, request, grant, stop) { Asked = call.Asked, Granted = _time.GetUtcNow(), DatasetTrace = orders.Trace });
            else outbox.Returned.Add(grant.LeaseId);
        }
    }

    /// <summary>The dataset's request, which the node did not know: what it has of another one under this name is of no more use.</summary>
    private void TakeRequest(string dataset, string json)
    {
        var request = _requests[dataset] = RequestText.Of(json);
        Outbox(dataset).Clear();
        foreach (var work in _works.Values.Where(w => w.Dataset.Dataset == dataset && w.Request != request)) work.Lose();
    }

    private void Begin(ShardWork work)
    {
        _works.Add(work.Grant.LeaseId, work);
        _ = Task.Run(() => MakeAsync(work), CancellationToken.None);
    }

    /// <summary>The next round should be no later.</summary>
    private void Soon(TimeSpan pause)
    {
        if (pause < _soonest) _soonest = pause;
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

    private async Task MakeAsync(ShardWork work)
    {
        ShardDone? done = null;
        Exception? error = null;
        using (var trace = ShardTrace.Begin(Node, work))
        {
            try
            {
                done = await _runner.RunAsync(work.Dataset.Dataset, work.Request.Json, work.Grant, Node, work.Progress, work.Token);
            }
            catch (Exception e)
            {
                error = e;
            }

            trace.End(done, error, work.Lost);
        }

        lock (_ended) _results.Add((work, done, error));
        Signal();
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
            if (_requests[work.Dataset.Dataset] != work.Request)
            {
                _meter.NotCommitted(Node, "lost", work.Held.Done); // of a dataset that is no more
            }
            else if (done is not null)
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

        await Task.WhenAll(_outboxes.Where(o => !o.Value.IsEmpty)
            .Select(o => LastAsync(() => ExchangeAsync(o.Key, o.Value.Report(Node, _epoch, ++_sequence, 0, [], _requests.GetValueOrDefault(o.Key))))));
        await LastAsync(() => Scheduler.Detach(Node));
    }

    private async Task LastAsync(Func<Task> call)
    {
        try
        {
            await call().WaitAsync(s_patience, _time);
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
