namespace HandsOff.Core.Evaluation;

/// <summary>
/// Errors of depth over the pixels where truth and prediction are both valid (above 0), pooled over all images added:
/// RMSE in the depth's unit, mean |p - t| / t, and the share with max(p/t, t/p) below 1.25 (Eigen et al. 2014).
/// </summary>
public sealed class DepthScore
{
    private double _square;
    private double _relative;
    private long _close;
    private long _valid;

    /// <summary>Pixels whose truth is valid.</summary>
    public long TruePixels { get; private set; }

    /// <summary>Pixels scored: valid in both.</summary>
    public long Pixels => _valid;

    /// <summary>Share of the truly valid pixels that were predicted valid; NaN before any.</summary>
    public double Coverage => (double)_valid / TruePixels;

    /// <summary>Root of the mean squared error, in the depth's unit; NaN before any pixel, like all below.</summary>
    public double Rmse => Math.Sqrt(_square / _valid);

    /// <summary>Mean of |predicted - true| / true.</summary>
    public double AbsoluteRelative => _relative / _valid;

    /// <summary>Share of pixels off by less than a factor of 1.25.</summary>
    public double WithinQuarter => (double)_close / _valid;

    /// <summary>Adds an image: depths row by row in one unit, 0 = invalid.</summary>
    public void Add(ReadOnlySpan<float> predicted, ReadOnlySpan<float> truth)
    {
        if (predicted.Length != truth.Length) throw new ArgumentException($"{predicted.Length} predicted pixels for {truth.Length} true ones");
        for (int i = 0; i < truth.Length; i++)
        {
            double t = truth[i], p = predicted[i];
            if (!(t > 0)) continue;
            TruePixels++;
            if (!(p > 0)) continue;
            _valid++;
            _square += (p - t) * (p - t);
            _relative += Math.Abs(p - t) / t;
            if (Math.Max(p / t, t / p) < 1.25) _close++;
        }
    }
}
