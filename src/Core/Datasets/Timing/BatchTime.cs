namespace HandsOff.Core.Datasets.Timing;

/// <summary>When the device made a micro-batch (timestamps of the clock), and the share of that time spent labeling.</summary>
internal readonly record struct BatchTime(long Start, long Ticks, double LabelShare)
{
    /// <summary>When generating ended and labeling began.</summary>
    public long Middle => Start + (long)(Ticks * (1 - LabelShare));

    public long End => Start + Ticks;
}
