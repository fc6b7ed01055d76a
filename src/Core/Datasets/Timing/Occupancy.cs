namespace HandsOff.Core.Datasets.Timing;

/// <summary>How long at least one was inside, and how long summed over all that were; what is going on now counts.</summary>
internal sealed class Occupancy(TimeProvider time)
{
    private readonly Lock _lock = new();
    private long _since, _any, _sum;
    private int _inside;

    /// <summary>Seconds that at least one was inside, and seconds summed over all.</summary>
    public (double Any, double Sum) Seconds
    {
        get
        {
            lock (_lock)
            {
                Advance();
                return (_any / (double)time.TimestampFrequency, _sum / (double)time.TimestampFrequency);
            }
        }
    }

    public void Enter() => Change(1);

    public void Exit() => Change(-1);

    private void Change(int by)
    {
        lock (_lock)
        {
            Advance();
            _inside += by;
        }
    }

    private void Advance()
    {
        long now = time.GetTimestamp(), passed = now - _since;
        _since = now;
        if (_inside == 0) return;
        _any += passed;
        _sum += passed * _inside;
    }
}
