namespace HandsOff.Core.Datasets.Reading;

/// <summary>
/// Compares a sample made again on another kernel class with the stored one. Arithmetic differs in the last bits there, so labels may
/// move where two classes are nearly equal. The tolerances: mean absolute pixel difference 1 of 255 levels (8 for
/// JPEG), 1 % of the mask's pixels, mean keypoint distance half a pixel, mean relative depth difference 1 %.
/// </summary>
internal static class SampleComparison
{
    private const double Image = 1, JpegImage = 8, Mask = 0.01, Keypoint = 0.5, Depth = 0.01;

    /// <summary>What is too different, or null.</summary>
    public static string? Difference(RawSample made, StoredSample stored, DatasetRequest request)
    {
        double image = Mean(made.Rgb, stored.Rgb(), (a, b) => Math.Abs(a - b));
        if (image > (request.ImageFormat == ImageFormat.Jpg ? JpegImage : Image)) return $"its pixels differ by {image:F2} of 255 levels on average";
        if (made.Mask is not null && stored.Mask() is { } mask && Mean(made.Mask, mask, (a, b) => a != b ? 1 : 0) is var share and > Mask) return $"{share:P1} of its mask differs";
        if (made.Depth is not null && stored.Depth() is { } depth && Mean(made.Depth, depth, (a, b) => Math.Abs(a - b) / (double)Math.Max(1, (int)a)) is var relative and > Depth) return $"its depth differs by {relative:P1}";
        if (made.Keypoints is not null && stored.Keypoints() is { } points && Distance(made.Keypoints, points) is var distance and > Keypoint) return $"its keypoints differ by {distance:F2} pixels";
        return null;
    }

    private static double Mean<T>(T[] a, T[] b, Func<T, T, double> difference) =>
        a.Length == b.Length ? a.Zip(b, difference).DefaultIfEmpty().Average() : double.PositiveInfinity;

    private static double Distance(float[] a, float[] b)
    {
        if (a.Length != b.Length) return double.PositiveInfinity;
        double sum = 0;
        for (int i = 0; i < a.Length; i += 3) sum += Math.Sqrt(Math.Pow(a[i] - b[i], 2) + Math.Pow(a[i + 1] - b[i + 1], 2));
        return sum / Math.Max(1, a.Length / 3);
    }
}
