namespace HandsOff.Core.Diagnostics;

/// <summary>
/// Lines of text about work of a known length: how far, how fast, how much longer. At most one every ten seconds, none at the
/// end. Threads may share it.
/// </summary>
public sealed class ProgressLine
{
    private static readonly TimeSpan s_between = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly Action<string>? _log;
    private readonly string _unit;
    private readonly double _total;
    private readonly TimeProvider _time;
    private readonly ProgressMeter _meter;
    private long _last;

    /// <param name="log">Told the lines.</param>
    /// <param name="unit">What is counted, in the plural.</param>
    /// <param name="total">The whole length.</param>
    /// <param name="done">What was done before (a resume).</param>
    /// <param name="time">The clock; the system's when null.</param>
    public ProgressLine(Action<string>? log, string unit, double total, double done = 0, TimeProvider? time = null)
    {
        (_log, _unit, _total, _time) = (log, unit, total, time ?? TimeProvider.System);
        _meter = new ProgressMeter(total, done, _time);
        _last = _time.GetTimestamp();
    }

    /// <summary>Hears how much is done by now.</summary>
    public void Report(double done, string? note = null)
    {
        lock (_gate)
        {
            // The rate is taken from line to line: from one report to the next it would jump.
            long now = _time.GetTimestamp();
            if (done >= _total || _time.GetElapsedTime(_last, now) < s_between) return;
            _last = now;
            _meter.Update(done);
            _log?.Invoke($"  {done:0}/{_total:0} {_unit}, {_meter.Rate:0.##} a second, {ProgressMeter.Text(_meter.Remaining)} left{(note is null ? "" : $", {note}")}");
        }
    }

    /// <summary>The same for work that reports something of its own, in the thread that reports.</summary>
    public IProgress<T> From<T>(Func<T, (double Done, string? Note)> read) => new Reader<T>(this, read);

    /// <summary>For work that tells steps done, steps in all (known with the first report only) and a loss.</summary>
    public static Action<int, int, double> OfLoss(Action<string>? log, TimeProvider? time = null)
    {
        ProgressLine? line = null;
        return (done, all, loss) => (line ??= new ProgressLine(log, "steps", all, time: time)).Report(done, $"loss {loss:F3}");
    }

    private sealed class Reader<T>(ProgressLine line, Func<T, (double Done, string? Note)> read) : IProgress<T>
    {
        public void Report(T value)
        {
            var (done, note) = read(value);
            line.Report(done, note);
        }
    }
}
