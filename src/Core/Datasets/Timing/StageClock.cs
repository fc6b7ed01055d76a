namespace HandsOff.Core.Datasets.Timing;

/// <summary>
/// How much of the time the stages of a device's pipelines worked, readable while they work. Several pipelines of one device
/// (one a pair) may share it. Any thread.
/// </summary>
public sealed class StageClock
{
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly Lock _lock = new();
    private double _generate, _label;

    public StageClock(TimeProvider time)
    {
        (_time, _start) = (time, time.GetTimestamp());
        (Active, Blocked, Encode, Upload, Commit) = (new(time), new(time), new(time), new(time), new(time));
    }

    /// <summary>Hears of each micro-batch: its seconds on the device and its samples. Called on a pipeline's thread; must be quick.</summary>
    public Action<double, int>? BatchMade { get; set; }

    internal Occupancy Active { get; }

    internal Occupancy Blocked { get; }

    internal Occupancy Encode { get; }

    internal Occupancy Upload { get; }

    internal Occupancy Commit { get; }

    /// <summary>Threads that encode.</summary>
    internal int EncodeThreads { get; set; } = 1;

    /// <summary>The figures now.</summary>
    public StageReading Read()
    {
        double generate, label;
        lock (_lock) (generate, label) = (_generate, _label);
        return new StageReading(
            _time.GetElapsedTime(_start).TotalSeconds,
            Active.Seconds.Any,
            generate,
            label,
            Blocked.Seconds.Any,
            Encode.Seconds.Sum / EncodeThreads,
            Upload.Seconds.Any,
            Commit.Seconds.Any);
    }

    internal void Made(BatchTime batch, int samples)
    {
        double seconds = batch.Ticks / (double)_time.TimestampFrequency;
        lock (_lock)
        {
            _label += seconds * batch.LabelShare;
            _generate += seconds * (1 - batch.LabelShare);
        }

        BatchMade?.Invoke(seconds, samples);
    }
}
