namespace HandsOff.Core.Diagnostics;

/// <summary>Samples a second over the last while, and the time that is left at that rate.</summary>
/// <param name="time">The clock.</param>
/// <param name="window">How long the while is; null: 15 s.</param>
public sealed class ProgressRate(TimeProvider time, TimeSpan? window = null)
{
    private readonly TimeSpan _window = window ?? TimeSpan.FromSeconds(15);

    private readonly Queue<(DateTimeOffset At, long Samples)> _points = new();
    private (DateTimeOffset At, long Samples)? _last;

    /// <summary>Samples a second; 0 before two points.</summary>
    public double PerSecond => _points.TryPeek(out var first) && _last is { } last && last.At > first.At
        ? Math.Max(0, last.Samples - first.Samples) / (last.At - first.At).TotalSeconds
        : 0;

    /// <summary>Hears how many samples there are now.</summary>
    public void Add(long samples)
    {
        var point = (time.GetUtcNow(), samples);
        _points.Enqueue(point);
        _last = point;
        while (_points.Count > 2 && point.Item1 - _points.Peek().At > _window) _points.Dequeue();
    }

    /// <summary>Time left for that many samples; null while the rate is not known.</summary>
    public TimeSpan? Left(long samples) => PerSecond > 0 && samples / PerSecond < 1e9 ? TimeSpan.FromSeconds(Math.Ceiling(samples / PerSecond)) : null;
}
