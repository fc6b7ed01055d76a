namespace HandsOff.Core.Datasets.Timing;

/// <summary>When each stage worked on one shard. Filled by the pipeline; readable at any time, also after a failure.</summary>
public sealed class ShardTimeline(TimeProvider time)
{
    private static readonly int s_stages = Enum.GetValues<ShardStage>().Length;

    private readonly Lock _lock = new();
    private readonly long _origin = time.GetTimestamp();
    private readonly DateTimeOffset _began = time.GetUtcNow();
    private readonly (long First, long Last, double Ticks)[] _stages = new (long, long, double)[s_stages];

    /// <summary>The stages that have worked, in their order.</summary>
    public IReadOnlyList<StageSpan> Spans
    {
        get
        {
            lock (_lock)
            {
                return [.. _stages.Index().Where(s => s.Item.First != 0).Select(s => new StageSpan((ShardStage)s.Index, At(s.Item.First), At(s.Item.Last), s.Item.Ticks / time.TimestampFrequency))];
            }
        }
    }

    /// <summary>Seconds that the stage worked.</summary>
    public double Seconds(ShardStage stage)
    {
        lock (_lock) return _stages[(int)stage].Ticks / time.TimestampFrequency;
    }

    /// <summary>The stage was at work from <paramref name="start"/> to <paramref name="end"/> (timestamps of the clock).</summary>
    internal void Add(ShardStage stage, long start, long end) => Add(stage, start, end, end - start);

    /// <summary>The same, of which only <paramref name="ticks"/> were for this shard.</summary>
    internal void Add(ShardStage stage, long start, long end, double ticks)
    {
        lock (_lock)
        {
            ref var s = ref _stages[(int)stage];
            s = (s.First == 0 ? start : Math.Min(s.First, start), Math.Max(s.Last, end), s.Ticks + ticks);
        }
    }

    private DateTimeOffset At(long timestamp) => _began + time.GetElapsedTime(_origin, timestamp);
}
