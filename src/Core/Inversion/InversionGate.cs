using System.Globalization;

namespace HandsOff.Core.Inversion;

/// <summary>Decides which inversions are good enough to learn labels from.</summary>
internal static class InversionGate
{
    /// <summary>
    /// The largest perceptual distance accepted. Without a given one: the median plus three robust deviations (1.4826 times
    /// the median absolute deviation), at least half as much again as the median, so that a set of even quality loses nothing.
    /// </summary>
    public static (double Gate, string Rule) Of(IReadOnlyList<double> distances, double? given)
    {
        if (given is { } gate)
        {
            if (!(gate > 0)) throw HandsOffException.Usage(string.Create(CultureInfo.InvariantCulture, $"--gate {gate}: above 0 would be right"));
            return (gate, "given");
        }

        double median = Median(distances);
        double deviation = 1.4826 * Median([.. distances.Select(d => Math.Abs(d - median))]);
        return (Math.Max(median + (3 * deviation), 1.5 * median), "median + 3 robust deviations, at least 1.5 medians");
    }

    private static double Median(IReadOnlyList<double> values)
    {
        var sorted = values.Order().ToList();
        int n = sorted.Count;
        return n % 2 == 1 ? sorted[n / 2] : (sorted[(n / 2) - 1] + sorted[n / 2]) / 2;
    }
}
