using HandsOff.Core.Datasets.Timing;

namespace HandsOff.Grains.Nodes;

/// <summary>The stages' shares over the last half minute, from readings that come every second or so. One writer, any reader.</summary>
internal sealed class StageWindow
{
    private const double Length = 30, Closest = 1;

    private readonly Queue<StageReading> _readings = new();
    private StageReading _last;
    private volatile StageShares _shares = StageShares.None;

    public StageShares Shares => _shares;

    public void Note(StageReading reading)
    {
        if (_readings.Count > 0 && reading.Seconds - _last.Seconds < Closest) return;
        while (_readings.Count > 1 && reading.Seconds - _readings.Peek().Seconds > Length) _readings.Dequeue();
        if (_readings.Count > 0) _shares = StageShares.Between(_readings.Peek(), reading);
        _readings.Enqueue(_last = reading);
    }
}
