using HandsOff.Core.StyleGan2;

namespace HandsOff.Core.Pairs;

/// <summary>
/// What uncertainty is usual for a pair: quantiles of the image score over samples drawn once when it was packed.
/// A request that keeps the surest share k of the samples cuts at <see cref="ThresholdFor"/>(k).
/// </summary>
public sealed record Calibration
{
    /// <summary>Points of the quantile table: 0 %, 0.1 %, ... 100 %.</summary>
    public const int Points = 1001;

    /// <summary>Samples drawn.</summary>
    public required int Samples { get; init; }

    /// <summary>Seed of the draw; samples have indices 0 to Samples - 1.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Truncation of the draw; the quantiles describe this truncation.</summary>
    public required float Truncation { get; init; }

    public required NoiseMode Noise { get; init; }

    /// <summary>Image scores at even shares from the smallest to the largest, ascending.</summary>
    public required IReadOnlyList<double> Quantiles { get; init; }

    /// <summary>
    /// The image score that the share <paramref name="keep"/> of samples does not exceed (linear between table points);
    /// infinite for 1, so that nothing is rejected.
    /// </summary>
    /// <exception cref="HandsOffException">A share outside (0, 1].</exception>
    public double ThresholdFor(double keep)
    {
        if (!(keep > 0 && keep <= 1)) throw HandsOffException.Usage($"keep {keep}: the share of samples kept must lie above 0 and at most 1");
        if (keep == 1) return double.PositiveInfinity;
        double at = keep * (Quantiles.Count - 1);
        int low = (int)at;
        return Quantiles[low] + ((at - low) * (Quantiles[Math.Min(low + 1, Quantiles.Count - 1)] - Quantiles[low]));
    }

    /// <summary>The table of a set of image scores.</summary>
    public static Calibration Of(IEnumerable<float> scores, ulong seed, float truncation, NoiseMode noise)
    {
        float[] sorted = [.. scores.Order()];
        if (sorted.Length == 0) throw new ArgumentException("no scores to calibrate from", nameof(scores));
        var quantiles = new double[Points];
        for (int i = 0; i < Points; i++)
        {
            double at = (double)i / (Points - 1) * (sorted.Length - 1);
            int low = (int)at;
            double value = sorted[low] + ((at - low) * (sorted[Math.Min(low + 1, sorted.Length - 1)] - sorted[low]));
            quantiles[i] = (float)value;
        }

        return new Calibration { Samples = sorted.Length, Seed = seed, Truncation = truncation, Noise = noise, Quantiles = quantiles };
    }

    internal void Validate(string where)
    {
        if (Quantiles.Count < 2 || Samples < 1) throw new HandsOffException($"{where}: its calibration has {Quantiles.Count} quantiles of {Samples} samples; 'handsoff pair pack' makes {Points}");
        for (int i = 0; i < Quantiles.Count; i++)
            if (!double.IsFinite(Quantiles[i]) || (i > 0 && Quantiles[i] < Quantiles[i - 1]))
                throw new HandsOffException($"{where}: calibration quantile {i} is {Quantiles[i]}; finite, ascending values would be right");
    }
}
