using HandsOff.Core;
using HandsOff.Grains.Diagnostics;
using HandsOff.Grains.Scheduling;
using Microsoft.Extensions.Logging;
using Orleans.Placement;

namespace HandsOff.Grains.Coordination;

/// <inheritdoc cref="IDatasetCoordinatorGrain"/>
/// <remarks>
/// Turns are short: whatever touches storage runs beside them and comes back with its result. What it knows beyond the
/// pure <see cref="DatasetRun"/> is only the phase.
/// </remarks>
[Immovable]
internal sealed class DatasetCoordinatorGrain(
    IDatasetStorage storage,
    LedgerOptions options,
    HandsOffMeter meter,
    DatasetGauges gauges,
    TimeProvider time,
    ILogger<DatasetCoordinatorGrain> log) : Grain, IDatasetCoordinatorGrain, IDisposable
{
    private static readonly TimeSpan s_tick = TimeSpan.FromSeconds(2);

    // A shard that is lost again each time it was made means a store that cannot be trusted, not bad luck.
    private const int MostFinalizations = 3;

    private CancellationTokenSource _work = new();
    private DatasetPhase _phase = DatasetPhase.Unknown;
    private DatasetOpening? _opening;
    private DatasetRun? _run;
    private DatasetShare _share = new("");
    private string _message = "";
    private int _exitCode, _finalizations;
    private long _expiredTold;
    private readonly DatasetTrace _trace = new();

    private string Key => this.GetPrimaryKeyString();

    private IClusterSchedulerGrain Scheduler => GrainFactory.GetGrain<IClusterSchedulerGrain>(0);

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _share = new DatasetShare(Key);
        this.RegisterGrainTimer(Tick, new GrainTimerCreationOptions(s_tick, s_tick) { Interleave = true });
        return base.OnActivateAsync(cancellationToken);
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _work.Cancel();
        _trace.End(null);
        gauges.Forget(Key);
        return base.OnDeactivateAsync(reason, cancellationToken);
    }

    public void Dispose() => _work.Dispose();

    public Task<DatasetStatus> Start(DatasetOrder order)
    {
        _share = _share with { Weight = order.Weight, Priority = order.Priority };
        Begin(order);
        return Status();
    }

    public Task<DatasetStatus> Status()
    {
        GoOnFromStorage();
        return Task.FromResult(Figures());
    }

    private DatasetStatus Figures() =>
        _run?.Status(_phase, _message, _exitCode) ?? new DatasetStatus { Dataset = Key, Phase = _phase, Message = _message, ExitCode = _exitCode };

    /// <summary>Shows the figures to whoever watches.</summary>
    private DatasetStatus Watched()
    {
        var figures = Figures();
        gauges.Report(figures);
        return figures;
    }

    public Task<DatasetStatus> Stop()
    {
        if (_phase is DatasetPhase.Opening or DatasetPhase.Running or DatasetPhase.Finalizing) End(DatasetPhase.Stopped, "");
        return Status();
    }

    public Task<string?> Request()
    {
        GoOnFromStorage();
        return Task.FromResult(_opening?.RequestJson);
    }

    public Task<NodeOrders> Exchange(NodeReport report)
    {
        GoOnFromStorage();
        if (_run is null)
        {
            // Opening: the node keeps working and asks again; it will be adopted.
            return Task.FromResult(new NodeOrders { Phase = _phase, AskAgainIn = TimeSpan.FromMilliseconds(100), LeaseTime = options.LeaseTime });
        }

        var orders = _run.Exchange(report, _phase, lease: _phase == DatasetPhase.Running, time.GetUtcNow()) with { Trace = _trace.Id };
        LookForTheEnd();
        return Task.FromResult(orders);
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
        (_phase, _message, _exitCode, _run, _opening) = (DatasetPhase.Opening, "", 0, null, null);
        (_finalizations, _expiredTold) = (0, 0);
        _trace.Begin(Key);
        _ = OpenAsync(order, _work.Token);
    }

    private async Task OpenAsync(DatasetOrder? order, CancellationToken cancel)
    {
        string key = Key;
        try
        {
            var opening = await Task.Run(() => storage.OpenAsync(key, order, cancel), cancel);
            if (cancel.IsCancellationRequested) return;
            if (opening is null)
            {
                (_phase, _message) = (DatasetPhase.Unknown, "there is no dataset");
                _trace.End(null);
                return;
            }

            var now = time.GetUtcNow();
            _opening = opening;
            _run = new DatasetRun(key, opening.Samples, opening.ShardSize, opening.Committed, options, now.UtcTicks.ToString("x"));
            log.Opened(key, _run.Ledger.Committed, _run.Ledger.Total);
            if (opening.Complete && _run.Ledger.IsComplete)
            {
                End(DatasetPhase.Complete, "");
                return;
            }

            _phase = DatasetPhase.Running;
            Scheduler.Open(_share).Ignore();
            Watched();
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
            var poison = _run.Ledger.Poison;
            string others = poison.Count > 1 ? $" ({poison.Count - 1} more shards failed)" : "";
            End(DatasetPhase.Failed, $"shard {poison[0].Shard} could not be made: {poison[0].Error}{others}; all other shards are committed, run it again to try once more", HandsOffException.Failed);
            log.Failed(Key, _message);
        }
    }

    private async Task FinalizeAsync(DatasetRun run, DatasetOpening opening, CancellationToken cancel)
    {
        string key = Key;
        try
        {
            var faulty = await Task.Run(() => storage.FinalizeAsync(key, opening, cancel), cancel);
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

            _phase = DatasetPhase.Running;
            Scheduler.Open(_share).Ignore();
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
        if (_run is null || _phase is not (DatasetPhase.Running or DatasetPhase.Finalizing)) return Task.CompletedTask;
        DelayDeactivation(TimeSpan.FromMinutes(5)); // at work: not idle, whoever calls or not
        _run.Ledger.Expire(time.GetUtcNow());
        meter.Expired(_run.Ledger.Expired - _expiredTold);
        _expiredTold = _run.Ledger.Expired;
        if (_phase == DatasetPhase.Running) Scheduler.Open(_share).Ignore();
        Watched();
        LookForTheEnd();
        return Task.CompletedTask;
    }
}
