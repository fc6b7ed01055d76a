using HandsOff.Core;
using HandsOff.Grains.Diagnostics;
using HandsOff.Grains.Nodes;
using HandsOff.Grains.Scheduling;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using Orleans.Placement;

namespace HandsOff.Grains.Coordination;

/// <inheritdoc cref="IDatasetCoordinatorGrain"/>
/// <remarks>
/// Turns are short and may interleave: whatever touches storage runs beside them and comes back with its result. What it knows beyond the
/// pure <see cref="DatasetRun"/> is the phase and the user's settings.
/// </remarks>
[Immovable, Reentrant]
internal sealed partial class DatasetCoordinatorGrain(
    IDatasetStorage storage,
    LedgerOptions options,
    IOptions<NodeOptions> nodes,
    HandsOffMeter meter,
    DatasetGauges gauges,
    TimeProvider time,
    ILogger<DatasetCoordinatorGrain> log) : Grain, IDatasetCoordinatorGrain, IDisposable
{
    private static readonly TimeSpan s_tick = TimeSpan.FromSeconds(2);

    // A shard that is lost again each time it was made means a store that cannot be trusted, not bad luck.
    private const int MostFinalizations = 3;

    // Nodes report every heartbeat; half of one for the way.
    private const double AdoptionPeriods = 1.5;

    private readonly CancellationTokenSource _life = new();
    private readonly StoreWork _main = new(time);
    private CancellationTokenSource _work = new();
    private DatasetPhase _phase = DatasetPhase.Unknown;
    private DatasetOpening? _opening;
    private DatasetRun? _run;
    private readonly List<NodeReport> _early = [];
    private Task _opened = Task.CompletedTask;
    private string _message = "", _refused = "";
    private int _exitCode, _finalizations;
    private long _expiredTold;
    private readonly DatasetTrace _trace = new();

    private string Key => this.GetPrimaryKeyString();

    private IClusterSchedulerGrain Scheduler => GrainFactory.GetGrain<IClusterSchedulerGrain>(0);

    private DatasetShare Share => new(Key, _settings.Weight, _settings.Priority);

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        this.RegisterGrainTimer(Tick, new GrainTimerCreationOptions(s_tick, s_tick) { Interleave = true });
        return base.OnActivateAsync(cancellationToken);
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _work.Cancel();
        _life.Cancel();
        _trace.End(null);
        gauges.Forget(Key);
        return base.OnDeactivateAsync(reason, cancellationToken);
    }

    public void Dispose()
    {
        _work.Dispose();
        _life.Dispose();
    }

    public Task<DatasetStatus> Status()
    {
        GoOnFromStorage();
        return Task.FromResult(Figures());
    }

    private DatasetStatus Figures()
    {
        var status = _run?.Status(_phase, time.GetUtcNow()) ?? new DatasetStatus { Dataset = Key, Phase = _phase };
        string message = _message.Length > 0 ? _message : _main.Waiting.Length > 0 ? _main.Waiting : _side.Waiting;
        if (message.Length == 0 && !_cancelling.IsCompleted) message = "cancelled; the mark on storage is still to be written";
        if (message.Length == 0 && !_saving.IsCompleted) message = "what was changed is still to be written to storage";
        if (message.Length == 0 && _phase == DatasetPhase.Running) message = _run!.Waiting;
        return status with { Message = message, ExitCode = _exitCode, Refused = _refused, Weight = _settings.Weight, Priority = _settings.Priority };
    }

    /// <summary>Shows the figures to whoever watches.</summary>
    private DatasetStatus Watched()
    {
        var figures = Figures();
        gauges.Report(figures);
        return figures;
    }

    public Task<NodeOrders> Exchange(NodeReport report)
    {
        GoOnFromStorage();
        NodeOrders orders;
        if (_run is not null)
        {
            orders = _run.Exchange(report, _phase, time.GetUtcNow()) with { Trace = _trace.Id };
        }
        else
        {
            // Opening: the node keeps working and asks again; it will be adopted. Nothing to open: its work is of no use.
            if (_phase == DatasetPhase.Opening && !report.Done.IsEmpty) _early.Add(report);
            orders = new NodeOrders
            {
                Phase = _phase,
                Lost = _phase == DatasetPhase.Opening ? [] : [.. report.Held.Select(h => h.LeaseId)],
                AskAgainIn = TimeSpan.FromMilliseconds(100),
                LeaseTime = options.LeaseTime,
            };
        }

        LookForTheEnd();
        return Task.FromResult(orders);
    }

    public Task Forget(string silo)
    {
        _run?.Forget(silo, time.GetUtcNow());
        return Task.CompletedTask;
    }

    /// <summary>A new activation that is not told to start goes on from what is on storage.</summary>
    private void GoOnFromStorage()
    {
        if (_phase == DatasetPhase.Unknown && _message.Length == 0) Begin(null);
    }

    private void Begin(DatasetOrder? order)
    {
        _work.Cancel();
        _work = new CancellationTokenSource();
        bool atWork = _run?.Ledger.Leased > 0;
        (_phase, _message, _exitCode, _run, _opening) = (DatasetPhase.Opening, "", 0, null, null);
        (_finalizations, _expiredTold) = (0, 0);
        _early.Clear();
        _trace.Begin(Key);
        _opened = OpenAsync(order, atWork, _work.Token);
    }

    private async Task OpenAsync(DatasetOrder? order, bool atWork, CancellationToken cancel)
    {
        try
        {
            var opening = await LookAsync(order, cancel);
            if (cancel.IsCancellationRequested) return;
            if (opening is null)
            {
                (_phase, _message) = (DatasetPhase.Unknown, "there is no dataset");
                _trace.End(null);
                return;
            }

            var now = time.GetUtcNow();
            _opening = opening;
            bool started = order is null || atWork || opening.Committed.Count > 0; // else nobody can have work in hand
            _run = new DatasetRun(Key, opening.Samples, opening.ShardSize, opening.Committed, options, now.UtcTicks.ToString("x"), opening.RequestJson)
            {
                AdoptsUntil = started ? now + AdoptionPeriods * nodes.Value.Heartbeat : now,
            };
            log.Opened(Key, _run.Ledger.Committed, _run.Ledger.Total);
            TakeSettings(opening.Settings, order);
            if (opening.Complete && _run.Ledger.IsComplete) End(DatasetPhase.Complete, "");
            else if (opening.Cancelled) End(DatasetPhase.Cancelled, "");
            else GoOn();
            foreach (var report in _early) _run.Hear(report, now);
            _early.Clear();
            LookForTheEnd();
        }
        catch (Exception e) when (!cancel.IsCancellationRequested)
        {
            Fail(e);
        }
        catch (OperationCanceledException)
        {
            // Stopped, or begun anew.
        }
    }

    /// <summary>Opens it on storage. A wrong order leaves a dataset that is there as it was.</summary>
    private async Task<DatasetOpening?> LookAsync(DatasetOrder? order, CancellationToken cancel)
    {
        string key = Key;
        try
        {
            return await _main.RunAsync(ct => storage.OpenAsync(key, order, ct), cancel);
        }
        catch (HandsOffException e) when (order is not null && !cancel.IsCancellationRequested)
        {
            if (await _main.RunAsync(ct => storage.OpenAsync(key, null, ct), cancel) is not { } there) throw;
            _refused = e.Message;
            return there;
        }
    }

    /// <summary>Running, or paused when the user said so.</summary>
    private void GoOn()
    {
        _phase = _settings.Paused ? DatasetPhase.Paused : DatasetPhase.Running;
        if (_phase == DatasetPhase.Running) Scheduler.Open(Share).Ignore();
        else Scheduler.Close(Key).Ignore();
        Watched();
    }

    private void LookForTheEnd()
    {
        if (_phase != DatasetPhase.Running || _run is null) return;
        if (_run.Halted is { } halted)
        {
            log.Failed(Key, halted);
            End(DatasetPhase.Failed, halted, HandsOffException.Failed);
        }
        else if (_run.Ledger.IsComplete)
        {
            _phase = DatasetPhase.Finalizing;
            Scheduler.Close(Key).Ignore();
            _ = FinalizeAsync(_run, _opening!, _work.Token);
        }
        else if (_run.Ledger.IsSettled)
        {
            End(DatasetPhase.Failed, _run.Incomplete(), HandsOffException.Failed);
            log.Failed(Key, _message);
        }
    }

    private async Task FinalizeAsync(DatasetRun run, DatasetOpening opening, CancellationToken cancel)
    {
        string key = Key;
        try
        {
            var faulty = await _main.RunAsync(ct => storage.FinalizeAsync(key, opening, ct), cancel);
            if (cancel.IsCancellationRequested) return;
            if (faulty.Count == 0)
            {
                log.Completed(key, run.Ledger.Total);
                End(DatasetPhase.Complete, "");
                return;
            }

            foreach (var (shard, reason) in faulty)
            {
                log.Reopened(key, shard, reason);
                run.Reopen(shard, time.GetUtcNow());
            }

            if (++_finalizations >= MostFinalizations)
            {
                End(DatasetPhase.Failed, $"shard {faulty[0].Shard} does not stand the reading back ({faulty[0].Reason}), made {MostFinalizations} times: the store loses what it has taken", HandsOffException.Failed);
                return;
            }

            GoOn();
        }
        catch (Exception e) when (!cancel.IsCancellationRequested)
        {
            Fail(e);
        }
        catch (OperationCanceledException)
        {
            // Stopped, or begun anew.
        }
    }

    private void Fail(Exception e)
    {
        string text = e is HandsOffException ? e.Message : $"{e.GetType().Name}: {e.Message}";
        log.Failed(Key, text);
        End(DatasetPhase.Failed, text, (e as HandsOffException)?.ExitCode ?? HandsOffException.Failed);
    }

    private void End(DatasetPhase phase, string message, int exitCode = 0)
    {
        (_phase, _message, _exitCode) = (phase, message, exitCode);
        _work.Cancel();
        Scheduler.Close(Key).Ignore();
        _trace.End(Watched());
    }

    private Task Tick(CancellationToken cancellationToken)
    {
        if (_run is null || _phase is not (DatasetPhase.Running or DatasetPhase.Finalizing or DatasetPhase.Paused)) return Task.CompletedTask;
        DelayDeactivation(TimeSpan.FromMinutes(5)); // at work: not idle, whoever calls or not
        _run.Ledger.Expire(time.GetUtcNow());
        meter.Expired(_run.Ledger.Expired - _expiredTold);
        _expiredTold = _run.Ledger.Expired;
        if (_phase == DatasetPhase.Running) Scheduler.Open(Share).Ignore();
        Watched();
        LookForTheEnd();
        return Task.CompletedTask;
    }
}
