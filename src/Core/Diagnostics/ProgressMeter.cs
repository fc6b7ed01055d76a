namespace HandsOff.Core.Diagnostics;

/// <summary>Rate and remaining time of work with a known length; recent progress counts more than old.</summary>
public sealed class ProgressMeter
{
    private const double Memory = 0.8;
    private readonly TimeProvider _time;
    private readonly double _total;
    private double _done;
    private long _at;

    /// <param name="total">The whole length, in any unit.</param>
    /// <param name="done">What was done before (a resume).</param>
    /// <param name="time">The clock; the system's when null.</param>
    public ProgressMeter(double total, double done = 0, TimeProvider? time = null)
    {
        (_total, _done, _time) = (total, done, time ?? TimeProvider.System);
        _at = _time.GetTimestamp();
    }

    /// <summary>Units a second; 0 before the first update.</summary>
    public double Rate { get; private set; }

    /// <summary>Share done, 0 to 1.</summary>
    public double Share => _total > 0 ? Math.Clamp(_done / _total, 0, 1) : 1;

    /// <summary>Time left at the present rate; null when there is no rate yet.</summary>
    public TimeSpan? Remaining => Rate > 0 ? TimeSpan.FromSeconds(Math.Min(Math.Max(0, _total - _done) / Rate, 1e9)) : null;

    /// <summary>Takes in how much is done by now.</summary>
    public void Update(double done)
    {
        long now = _time.GetTimestamp();
        double seconds = _time.GetElapsedTime(_at, now).TotalSeconds;
        if (seconds <= 0) return;
        double rate = (done - _done) / seconds;
        Rate = Rate == 0 ? rate : Memory * Rate + (1 - Memory) * rate;
        (_done, _at) = (done, now);
    }

    /// <summary>A duration as people write it: <c>2d 3h</c>, <c>1h 05m</c>, <c>4m 10s</c>, <c>12s</c>; <c>?</c> for null.</summary>
    public static string Text(TimeSpan? duration) => duration switch
    {
        null => "?",
        { TotalDays: >= 1 } d => $"{(int)d.TotalDays}d {d.Hours}h",
        { TotalHours: >= 1 } d => $"{d.Hours}h {d.Minutes:D2}m",
        { TotalMinutes: >= 1 } d => $"{d.Minutes}m {d.Seconds:D2}s",
        { } d => $"{d.Seconds}s",
    };
}
