namespace HandsOff.Grains.Diagnostics;

/// <summary>Samples a second over the last minute, from sums told every few seconds.</summary>
internal sealed class SampleRate
{
    private static readonly TimeSpan s_window = TimeSpan.FromMinutes(1);

    private readonly Queue<(DateTimeOffset Time, long Samples)> _told = new();
    private (DateTimeOffset Time, long Samples) _last;

    /// <summary>Null while too little is known.</summary>
    public double? PerSecond
    {
        get
        {
            if (_told.Count < 2) return null;
            var first = _told.Peek();
            double seconds = (_last.Time - first.Time).TotalSeconds;
            return seconds < 1 ? null : Math.Max(0, _last.Samples - first.Samples) / seconds;
        }
    }

    public void Note(DateTimeOffset now, long samples)
    {
        if (_told.Count > 0 && samples < _last.Samples) _told.Clear(); // begun anew
        while (_told.Count > 1 && now - _told.Peek().Time > s_window) _told.Dequeue();
        _told.Enqueue(_last = (now, samples));
    }
}
