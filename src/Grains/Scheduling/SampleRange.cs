namespace HandsOff.Grains.Scheduling;

/// <summary>Samples [First, First + Count) of a dataset.</summary>
public readonly record struct SampleRange(long First, int Count)
{
    /// <summary>The first half, rounded up, and the rest.</summary>
    internal (SampleRange Left, SampleRange Right) Halves
    {
        get
        {
            int left = (Count + 1) / 2;
            return (new(First, left), new(First + left, Count - left));
        }
    }
}
