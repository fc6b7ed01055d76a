namespace HandsOff.Silo.Api;

/// <summary>The throughput of the last half hour, a point every two seconds. One writer.</summary>
internal sealed class RateHistory
{
    private const int Points = 900, MostDatasets = 20;
    private static readonly TimeSpan s_every = TimeSpan.FromSeconds(2);

    private readonly Queue<(DateTimeOffset At, double Rate, IReadOnlyList<(string Name, double Rate)> Datasets)> _points = new();
    private readonly Lock _lock = new();
    private DateTimeOffset _last;

    public HistoryView View
    {
        get
        {
            lock (_lock)
            {
                string[] names = [.. _points.SelectMany(p => p.Datasets).GroupBy(d => d.Name).OrderByDescending(g => g.Sum(d => d.Rate)).Take(MostDatasets).Select(g => g.Key).Order(StringComparer.Ordinal)];
                var rates = names.ToDictionary(
                    n => n, n => (IReadOnlyList<double?>)[.. _points.Select(p => p.Datasets.Where(d => d.Name == n).Select(d => (double?)d.Rate).FirstOrDefault())], StringComparer.Ordinal);
                return new HistoryView([.. _points.Select(p => p.At.ToUnixTimeMilliseconds() / 1000d)], [.. _points.Select(p => p.Rate)], rates);
            }
        }
    }

    public void Add(ClusterView view)
    {
        lock (_lock)
        {
            if (view.Time - _last < s_every) return;
            _last = view.Time;
            _points.Enqueue((view.Time, view.Rate, [.. view.Datasets.Where(d => !d.Over).Select(d => (d.Name, d.Rate))]));
            if (_points.Count > Points) _points.Dequeue();
        }
    }
}
