namespace HandsOff.Core.Training;

/// <summary>Means of the figures of the steps since the last log line.</summary>
internal sealed class GanFigures
{
    public const int GeneratorLoss = 0, DiscriminatorLoss = 1, R1 = 2, PathLength = 3, RealScore = 4, FakeScore = 5, RealSign = 6;
    private readonly double[] _sums = new double[7];
    private readonly int[] _counts = new int[7];

    public void Add(int figure, double value)
    {
        _sums[figure] += value;
        _counts[figure]++;
    }

    /// <summary>The mean, or null when the figure was not seen.</summary>
    public double? Mean(int figure) => _counts[figure] == 0 ? null : _sums[figure] / _counts[figure];

    /// <summary>Whether every figure seen is a finite number.</summary>
    public bool Finite => _sums.All(double.IsFinite);

    public void Clear()
    {
        Array.Clear(_sums);
        Array.Clear(_counts);
    }
}
