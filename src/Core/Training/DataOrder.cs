namespace HandsOff.Core.Training;

/// <summary>
/// The order in which images are shown: every epoch a new permutation, a pure function of (seed, position), so that the
/// position alone resumes it.
/// </summary>
internal sealed class DataOrder(int count, ulong seed, bool mirror)
{
    private const ulong Order = 1, Side = 2;
    private readonly int[] _permutation = new int[count];
    private long _epoch = -1;

    /// <summary>The images at positions from..from+n-1, and which of them are mirrored.</summary>
    public (int[] Indices, bool[] Mirror) Take(long from, int n)
    {
        var indices = new int[n];
        var sides = new bool[n];
        for (int i = 0; i < n; i++)
        {
            Shuffle((from + i) / count);
            indices[i] = _permutation[(from + i) % count];
            sides[i] = mirror && (SplitMix.Key(seed, Side, (ulong)(from + i)) & 1) == 1;
        }

        return (indices, sides);
    }

    private void Shuffle(long epoch)
    {
        if (epoch == _epoch) return;
        _epoch = epoch;
        for (int i = 0; i < count; i++) _permutation[i] = i;
        var random = new SplitMix(SplitMix.Key(seed, Order, (ulong)epoch));
        for (int i = count - 1; i > 0; i--)
        {
            int j = random.Below(i + 1);
            (_permutation[i], _permutation[j]) = (_permutation[j], _permutation[i]);
        }
    }
}
