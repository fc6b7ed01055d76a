using System.Diagnostics.Metrics;
using HandsOff.Grains.Coordination;

namespace HandsOff.Grains.Diagnostics;

/// <summary>
/// Gauges of the datasets whose coordinators live in this process. Coordinators report every few seconds; a dataset that is over is shown for
/// a while, so that its end can be seen, and then forgotten.
/// </summary>
public sealed class DatasetGauges
{
    private static readonly TimeSpan s_shownAfterEnd = TimeSpan.FromMinutes(5);

    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _datasets = new(StringComparer.Ordinal);

    public DatasetGauges(IMeterFactory factory, TimeProvider time)
    {
        _time = time;
        var meter = factory.Create(HandsOffMeter.Name);
        meter.CreateObservableGauge("handsoff.queue.depth", () => Each(Depth), "{shard}", "Shards by dataset and state: pending, paused, leased, committed, poison.");
        meter.CreateObservableGauge("handsoff.dataset.samples", () => Each(Samples), "{sample}", "Samples by dataset and state: target, committed.");
        meter.CreateObservableGauge("handsoff.dataset.progress", () => Each(Progress), unit: null, "Committed part of a dataset, 0 to 1.");
        meter.CreateObservableGauge("handsoff.dataset.rate", () => Each(Rate), "{sample}/s", "Samples a second over the last minute.");
        meter.CreateObservableGauge("handsoff.dataset.eta", () => Each(Eta), "s", "Seconds until a dataset is made, at its present rate.");
        meter.CreateObservableGauge("handsoff.dataset.commit.age", () => Each(CommitAge), "s", "Seconds since a running dataset's last commit (or since it began, or its coordinator did).");
        meter.CreateObservableGauge("handsoff.dataset.phase", () => Each(Phase), unit: null, "1 for the phase that a dataset is in.");
    }

    /// <summary>A coordinator's figures.</summary>
    public void Report(DatasetStatus status)
    {
        var now = _time.GetUtcNow();
        lock (_lock)
        {
            if (!_datasets.TryGetValue(status.Dataset, out var entry)) _datasets.Add(status.Dataset, entry = new Entry(DatasetLabel.Of(status.Dataset), status) { LastCommit = now });
            bool begins = status.Phase == DatasetPhase.Running && entry.Status.Phase != DatasetPhase.Running;
            if (begins || status.ShardsCommitted != entry.Status.ShardsCommitted) entry.LastCommit = now;
            (entry.Status, entry.Heard) = (status, now);
            entry.Pace.Note(now, status.SamplesCommitted + status.SamplesInFlight);
        }
    }

    /// <summary>The coordinator leaves this process: another one may report from now on.</summary>
    public void Forget(string dataset)
    {
        lock (_lock)
        {
            // Over is over, whoever says so: it stays for its while.
            if (_datasets.TryGetValue(dataset, out var entry) && !entry.Status.IsOver) _datasets.Remove(dataset);
        }
    }

    private static IEnumerable<(string Key, string Value, double Number)> Depth(Entry e)
    {
        var s = e.Status;
        if (s.Shards == 0) yield break;
        bool waits = s.Phase is DatasetPhase.Opening or DatasetPhase.Running or DatasetPhase.Finalizing;
        yield return ("state", "pending", waits ? s.ShardsPending : 0);
        yield return ("state", "paused", waits ? 0 : s.ShardsPending);
        yield return ("state", "leased", s.ShardsLeased);
        yield return ("state", "committed", s.ShardsCommitted);
        yield return ("state", "poison", s.Poison.Length);
    }

    private static IEnumerable<(string Key, string Value, double Number)> Samples(Entry e)
    {
        if (e.Status.Samples == 0) yield break;
        yield return ("state", "target", e.Status.Samples);
        yield return ("state", "committed", e.Status.SamplesCommitted);
    }

    private static IEnumerable<(string Key, string Value, double Number)> Progress(Entry e)
    {
        if (e.Status.Samples > 0) yield return ("", "", e.Status.SamplesCommitted / (double)e.Status.Samples);
    }

    private static IEnumerable<(string Key, string Value, double Number)> Rate(Entry e)
    {
        if (e.Status.IsOver) yield return ("", "", 0);
        else if (e.Pace.PerSecond is { } rate) yield return ("", "", rate);
    }

    private static IEnumerable<(string Key, string Value, double Number)> Eta(Entry e)
    {
        if (e.Status.IsOver || e.Status.Samples == 0) yield break;
        long left = Math.Max(0, e.Status.Samples - e.Status.SamplesCommitted - e.Status.SamplesInFlight);
        if (e.Pace.PerSecond is > 0 and var rate) yield return ("", "", left / rate);
    }

    private IEnumerable<(string Key, string Value, double Number)> CommitAge(Entry e)
    {
        if (e.Status.Phase == DatasetPhase.Running) yield return ("", "", (_time.GetUtcNow() - e.LastCommit).TotalSeconds);
    }

    private static IEnumerable<(string Key, string Value, double Number)> Phase(Entry e)
    {
        yield return ("phase", e.Status.Phase.ToString().ToLowerInvariant(), 1);
    }

    private List<Measurement<double>> Each(Func<Entry, IEnumerable<(string Key, string Value, double Number)>> of)
    {
        var now = _time.GetUtcNow();
        var all = new List<Measurement<double>>();
        lock (_lock)
        {
            foreach (string old in _datasets.Where(d => d.Value.Status.IsOver && now - d.Value.Heard > s_shownAfterEnd).Select(d => d.Key).ToArray()) _datasets.Remove(old);
            foreach (var entry in _datasets.Values)
            {
                foreach (var (key, value, number) in of(entry))
                {
                    var dataset = new KeyValuePair<string, object?>("dataset", entry.Label);
                    all.Add(key.Length == 0 ? new(number, dataset) : new(number, dataset, new(key, value)));
                }
            }
        }

        return all;
    }

    private sealed class Entry(string label, DatasetStatus status)
    {
        public string Label => label;

        public DatasetStatus Status { get; set; } = status;

        public DateTimeOffset Heard { get; set; }

        public DateTimeOffset LastCommit { get; set; }

        public SampleRate Pace { get; } = new();
    }
}
