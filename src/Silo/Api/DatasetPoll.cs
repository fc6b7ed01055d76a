using System.Collections.Concurrent;
using HandsOff.Core;
using HandsOff.Core.Diagnostics;
using HandsOff.Grains.Coordination;
using HandsOff.Grains.Diagnostics;

namespace HandsOff.Silo.Api;

/// <summary>The datasets' figures, look by look. One caller at a time; <see cref="Expect"/> from anywhere.</summary>
internal sealed class DatasetPoll(ClusterStore cluster, DatasetService service, IGrainFactory grains, TimeProvider time)
{
    private const int AtOnce = 16;
    private static readonly TimeSpan s_names = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_again = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);

    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private DateTimeOffset _named = DateTimeOffset.MinValue;

    /// <summary>A dataset of this name has just been made or changed.</summary>
    public void Expect(string name) => _entries.GetOrAdd(name, _ => new Entry(new ProgressRate(time, s_window))).Moves = true;

    public (double PerSecond, TimeSpan? Left) RateOf(string name) => _entries.TryGetValue(name, out var e) && e.View is { Over: false } ? (e.View.Rate, e.Left) : default;

    public async Task<IReadOnlyList<DatasetView>> LookAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (now - _named > s_names) await NameAsync(now, cancellationToken);
        await Parallel.ForEachAsync(_entries.Where(e => e.Value.Moves || now - e.Value.Read > s_again), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (entry, cancel) =>
        {
            try
            {
                await ReadAsync(entry.Key, entry.Value, now, cancel);
            }
            catch (Exception e) when (ClusterTrouble.Is(e, cancel) || e is HandsOffException)
            {
                // It is moving or its store is silent: what was seen last stands until a later look.
                entry.Value.Read = now - s_again + s_names;
            }
        });
        return [.. _entries.Values.Select(e => e.View).OfType<DatasetView>().OrderBy(v => v.Name, StringComparer.Ordinal)];
    }

    private async Task NameAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        _named = now;
        using var brief = new Brief(s_patience, time, cancellationToken);
        var names = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            await foreach (string name in cluster.Catalog.NamesAsync(brief.Token)) names.Add(name);
        }
        catch (Exception e) when (e is HandsOffException || brief.IsOver(e))
        {
            return; // the store is silent: the names known stand
        }

        foreach (string name in names) _entries.GetOrAdd(name, _ => new Entry(new ProgressRate(time, s_window)));
        try
        {
            await foreach (var open in cluster.Catalog.OpenAsync(brief.Token))
                if (_entries.TryGetValue(open.Name, out var entry)) entry.Moves = true;
        }
        catch (Exception e) when (e is HandsOffException || brief.IsOver(e))
        {
            // An entry that cannot be read; the others were.
        }

        foreach (string gone in _entries.Keys.Where(n => !names.Contains(n) && !_entries[n].Moves).ToArray()) _entries.TryRemove(gone, out _);
    }

    private async Task ReadAsync(string name, Entry entry, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (entry.Moves)
        {
            var status = await grains.GetGrain<IDatasetCoordinatorGrain>(cluster.Dataset(name)).Status().WaitAsync(s_patience, time, cancellationToken);
            if (status is { Phase: DatasetPhase.Opening, Samples: 0 } && entry.View is { Samples: > 0 } before)
            {
                entry.View = before with { Phase = DatasetPhase.Opening, Over = false }; // a new coordinator is reading receipts: the figures stand
                return;
            }

            if (status.Phase != DatasetPhase.Unknown)
            {
                if (status.Phase == DatasetPhase.Running) entry.Rate.Add(status.SamplesCommitted + status.SamplesInFlight);
                entry.Left = entry.Rate.Left(status.Samples - status.SamplesCommitted - status.SamplesInFlight);
                double rate = status.Phase is DatasetPhase.Running ? entry.Rate.PerSecond : 0;
                entry.View = DatasetView.Of(name, status, rate, rate > 0 ? entry.Left : null);
                entry.Moves = !status.IsOver;
                entry.Read = now;
                return;
            }

            entry.Moves = false;
        }

        using var brief = new Brief(s_patience, time, cancellationToken);
        var state = await service.FindStateAsync(name, brief.Token);
        entry.View = state is null ? null : await DatasetView.OfAsync(name, state, brief.Token);
        entry.Read = now;
    }

    private sealed class Entry(ProgressRate rate)
    {
        public ProgressRate Rate => rate;

        public TimeSpan? Left { get; set; }

        public DatasetView? View { get; set; }

        /// <summary>A coordinator is at work on it.</summary>
        public bool Moves { get; set; }

        public DateTimeOffset Read { get; set; } = DateTimeOffset.MinValue;
    }
}
