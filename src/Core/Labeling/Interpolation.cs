namespace HandsOff.Core.Labeling;

/// <summary>Bilinear interpolation along one axis (align_corners = false, edges clamped) as weights of at most two inputs.</summary>
internal static class Interpolation
{
    /// <summary>Output <paramref name="o"/> of <paramref name="outputs"/> reads inputs Low and High; High with weight HighWeight, Low with the rest.</summary>
    public static (int Low, int High, double HighWeight) At(int o, int inputs, int outputs)
    {
        double at = Math.Max(0, ((o + 0.5) * inputs / outputs) - 0.5);
        int low = Math.Min((int)at, inputs - 1);
        return (low, Math.Min(low + 1, inputs - 1), at - low);
    }

    /// <summary>The inputs From..To (exclusive) that outputs <paramref name="first"/>..+count read.</summary>
    public static (int From, int To) Range(int first, int count, int inputs, int outputs) =>
        (At(first, inputs, outputs).Low, At(first + count - 1, inputs, outputs).High + 1);

    /// <summary>Rows <paramref name="first"/>..+count of the outputs x inputs matrix, dense and row-major, inputs cut to From..To (exclusive).</summary>
    public static (float[,] Weights, int From, int To) Rows(int first, int count, int inputs, int outputs)
    {
        var (from, to) = Range(first, count, inputs, outputs);
        var weights = new float[count, to - from];
        for (int i = 0; i < count; i++)
        {
            var (low, high, highWeight) = At(first + i, inputs, outputs);
            weights[i, low - from] += (float)(1 - highWeight);
            weights[i, high - from] += (float)highWeight;
        }

        return (weights, from, to);
    }
}
