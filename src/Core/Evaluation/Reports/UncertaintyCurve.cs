namespace HandsOff.Core.Evaluation.Reports;

/// <summary>Whether the labeler knows where it is wrong: error against uncertainty, in bins of equally many pixels.</summary>
public sealed record UncertaintyCurve
{
    public const int Count = 10;

    /// <summary>What <see cref="UncertaintyBin.Error"/> is: <c>wrong pixels</c> or <c>depth error</c>.</summary>
    public required string Measure { get; init; }

    /// <summary>From the surest tenth to the least sure one.</summary>
    public required IReadOnlyList<UncertaintyBin> Bins { get; init; }

    /// <summary>Share of all error that lies in the least sure tenth: 0.1 for an uncertainty that says nothing.</summary>
    public required double ErrorInTopTenth { get; init; }

    /// <summary>The curve of pixels; null with fewer pixels than bins.</summary>
    public static UncertaintyCurve? Of(string measure, IReadOnlyList<(float Uncertainty, float Error)> pixels)
    {
        if (pixels.Count < Count) return null;
        var sorted = pixels.OrderBy(p => p.Uncertainty).ToArray();
        double total = sorted.Sum(p => (double)p.Error);
        var bins = new List<UncertaintyBin>();
        for (int b = 0; b < Count; b++)
        {
            var part = sorted[(int)((long)sorted.Length * b / Count)..(int)((long)sorted.Length * (b + 1) / Count)];
            bins.Add(new UncertaintyBin(part.Average(p => (double)p.Uncertainty), part.Average(p => (double)p.Error)));
        }

        int from = (int)((long)sorted.Length * (Count - 1) / Count);
        return new UncertaintyCurve { Measure = measure, Bins = bins, ErrorInTopTenth = total == 0 ? 0 : sorted[from..].Sum(p => (double)p.Error) / total };
    }
}
