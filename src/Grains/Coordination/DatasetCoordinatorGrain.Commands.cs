using System.Text;
using HandsOff.Core;
using HandsOff.Core.Datasets;

namespace HandsOff.Grains.Coordination;

/// <summary>What users tell the coordinator to do.</summary>
internal sealed partial class DatasetCoordinatorGrain
{
    // Together less than the two seconds that the interface promises.
    private static readonly TimeSpan s_startPatience = TimeSpan.FromSeconds(5), s_openPatience = TimeSpan.FromSeconds(0.8), s_savePatience = TimeSpan.FromSeconds(0.8);

    private readonly StoreWork _side = new(time);
    private DatasetSettings _settings = new();
    private DatasetSettings? _saved;
    private bool _settingsGiven;
    private Task _saving = Task.CompletedTask, _cancelling = Task.CompletedTask;

    public async Task<DatasetStatus> Start(DatasetOrder order)
    {
        _refused = "";
        if (!_cancelling.IsCompleted) return await Refuse("it is being cancelled");
        if (order.Weight is { } weight && !IsWeight(weight)) return await Refuse(WrongWeight(weight));
        if (_opening is { } known && _phase is DatasetPhase.Running or DatasetPhase.Paused or DatasetPhase.Finalizing)
        {
            // At work: a wrong order must not disturb it, and the same order changes nothing.
            if (Misfit(order, known) is { } reason) return await Refuse(reason);
            if (order.Samples == known.Samples)
            {
                Change(_settings with { Weight = order.Weight ?? _settings.Weight, Priority = order.Priority ?? _settings.Priority });
                return await Status();
            }
        }

        Begin(order);
        await Patience(_opened, s_startPatience);
        return await Status();
    }

    public Task<DatasetStatus> Stop()
    {
        _refused = "";
        if (_phase is DatasetPhase.Opening or DatasetPhase.Running or DatasetPhase.Finalizing or DatasetPhase.Paused) End(DatasetPhase.Stopped, "");
        return Status();
    }

    public async Task<DatasetStatus> Pause()
    {
        await Look();
        if (_phase is DatasetPhase.Unknown) return await Refuse(_message);
        if (_phase is not (DatasetPhase.Opening or DatasetPhase.Running or DatasetPhase.Finalizing or DatasetPhase.Paused))
            return await Refuse($"it is {Word(_phase)}: there is nothing to pause");
        Change(_settings with { Paused = true });
        if (_phase == DatasetPhase.Running) GoOn();
        await Patience(_saving, s_savePatience);
        return await Status();
    }

    public async Task<DatasetStatus> Resume()
    {
        await Look();
        if (_phase is DatasetPhase.Unknown) return await Refuse(_message);
        if (_phase == DatasetPhase.Cancelled) return await Refuse("it was cancelled; choose another name for a new one");
        Change(_settings with { Paused = false });
        if (_phase == DatasetPhase.Paused)
        {
            GoOn();
            LookForTheEnd();
        }
        else if (_phase is DatasetPhase.Stopped or DatasetPhase.Failed)
        {
            Begin(null);
            await Patience(_opened, s_openPatience);
        }

        await Patience(_saving, s_savePatience);
        return await Status();
    }

    public async Task<DatasetStatus> Cancel()
    {
        await Look();
        if (_phase == DatasetPhase.Unknown) return await Refuse(_message);
        if (_phase == DatasetPhase.Complete) return await Refuse("it is complete: there is nothing to cancel");
        if (_phase != DatasetPhase.Cancelled)
        {
            End(DatasetPhase.Cancelled, "");
            _cancelling = CancelAsync();
        }

        await Patience(_cancelling, s_savePatience);
        return await Status();
    }

    public async Task<DatasetStatus> Reprioritise(double weight, int priority)
    {
        if (!IsWeight(weight)) return await Refuse(WrongWeight(weight));
        await Look();
        if (_phase is DatasetPhase.Unknown) return await Refuse(_message);
        if (_phase is DatasetPhase.Complete or DatasetPhase.Cancelled) return await Refuse($"it is {Word(_phase)}: there is no work left to share");
        Change(_settings with { Weight = weight, Priority = priority });
        if (_phase == DatasetPhase.Running) Scheduler.Open(Share).Ignore();
        await Patience(_saving, s_savePatience);
        return await Status();
    }

    /// <summary>Before a command: what is on storage, if it tells in time.</summary>
    private Task Look()
    {
        _refused = "";
        GoOnFromStorage();
        return Patience(_opened, s_openPatience);
    }

    private Task<DatasetStatus> Refuse(string reason)
    {
        _refused = $"{Key}: {reason}";
        var answer = Status();
        _refused = ""; // this answer's only
        return answer;
    }

    /// <summary>Why a dataset at work cannot follow the order; null when it can.</summary>
    private static string? Misfit(DatasetOrder order, DatasetOpening known)
    {
        if (order.RequestJson != known.RequestJson)
        {
            try
            {
                var (asked, there) = (Parse(order.RequestJson), Parse(known.RequestJson));
                return $"holds a dataset of another request ({string.Join("; ", asked.Differences(there))}); choose another name or ask for the same";
            }
            catch (HandsOffException e)
            {
                return e.Message;
            }
        }

        if (order.Samples < known.Samples) return $"has {known.Samples} samples asked for; {order.Samples} are fewer, and samples are never removed";
        return order.Samples > known.Samples && !order.Extend ? $"has {known.Samples} samples asked for; use extend to ask for {order.Samples}" : null;
    }

    private static DatasetRequest Parse(string json) => DatasetRequest.FromJson(Encoding.UTF8.GetBytes(json), "order");

    /// <summary>The catalog's word, unless the user has spoken since; an order's word before both.</summary>
    private void TakeSettings(DatasetSettings? stored, DatasetOrder? order)
    {
        if (!_settingsGiven && stored is not null) _settings = _saved = stored;
        if (order is not null && _refused.Length == 0)
            Change(_settings with { Weight = order.Weight ?? _settings.Weight, Priority = order.Priority ?? _settings.Priority });
    }

    private void Change(DatasetSettings settings)
    {
        if (settings == _settings) return;
        (_settings, _settingsGiven) = (settings, true);
        if (_saving.IsCompleted) _saving = SaveAsync();
    }

    private async Task SaveAsync()
    {
        string key = Key;
        try
        {
            while (_saved != _settings)
            {
                var settings = _settings;
                await _side.RunAsync(
                    async ct =>
                    {
                        await storage.SaveAsync(key, settings, ct);
                        return true;
                    },
                    _life.Token);
                _saved = settings;
            }
        }
        catch (HandsOffException e)
        {
            _message = $"what was changed could not be kept: {e.Message}";
        }
        catch (OperationCanceledException)
        {
            // The coordinator moves; whoever gave the command was told whether it was kept.
        }
    }

    private async Task CancelAsync()
    {
        string key = Key;
        try
        {
            var outcome = await _side.RunAsync(ct => storage.CancelAsync(key, ct), _life.Token);
            if (outcome == CancelOutcome.Cancelled) return;
            Begin(null); // the manifest was first, or everything is gone: storage tells which
            await _opened;
            if (outcome == CancelOutcome.Finished) _refused = $"{key}: it was complete already: there is nothing to cancel";
        }
        catch (HandsOffException e)
        {
            Fail(e);
        }
        catch (OperationCanceledException)
        {
            // As above.
        }
    }

    /// <summary>Waits for the work, but no longer than a user should wait for an answer.</summary>
    private async Task Patience(Task work, TimeSpan patience)
    {
        if (!work.IsCompleted) await Task.WhenAny(work, Task.Delay(patience, time));
    }

    private static bool IsWeight(double weight) => weight is > 0 and <= 1e6;

    private static string WrongWeight(double weight) => $"weight {weight.ToString(System.Globalization.CultureInfo.InvariantCulture)}: should be above 0 and at most 1000000";

    private static string Word(DatasetPhase phase) => phase.ToString().ToLowerInvariant();
}
