using HandsOff.Core.Datasets.Encoding;

namespace HandsOff.Core.Datasets;

/// <summary>What a dataset's tables add up to.</summary>
public sealed class DatasetStatistics
{
    private readonly double[] _classPixels;
    private double _uncertainty;

    internal DatasetStatistics(int classes) => _classPixels = new double[classes];

    public long Samples { get; private set; }

    /// <summary>Samples kept although too uncertain.</summary>
    public long Flagged { get; private set; }

    /// <summary>Draws discarded as too uncertain.</summary>
    public long Rejected { get; private set; }

    public double MeanUncertainty => Samples == 0 ? 0 : _uncertainty / Samples;

    /// <summary>Share of all pixels that each class has; sums to 1.</summary>
    public IReadOnlyList<double> ClassShares => [.. _classPixels.Select(p => p / Math.Max(1, _classPixels.Sum()))];

    internal void Add(ShardTable table)
    {
        Samples += table.Index.Length;
        Flagged += table.Flagged.Count(f => f);
        Rejected += table.Attempt.Sum(a => (long)a);
        _uncertainty += table.Uncertainty.Sum(u => (double)u);
        for (int c = 0; c < _classPixels.Length; c++) _classPixels[c] += table.ClassPixels[c].Sum(p => (long)p);
    }
}
