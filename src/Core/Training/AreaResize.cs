namespace HandsOff.Core.Training;

/// <summary>
/// Reduces images by area: each output pixel is the mean of the input area it covers, partly covered pixels counted by
/// their share (exact for any ratio, not only whole ones).
/// </summary>
public static class AreaResize
{
    /// <summary>Reduces interleaved RGB bytes [H,W,3] to planar bytes [3,height,width].</summary>
    /// <param name="rgb">fromWidth * fromHeight * 3 bytes.</param>
    /// <param name="fromWidth">Width in pixels, at least <paramref name="width"/>.</param>
    /// <param name="fromHeight">Height in pixels, at least <paramref name="height"/>.</param>
    /// <param name="width">Width wanted.</param>
    /// <param name="height">Height wanted.</param>
    public static byte[] ToPlanar(ReadOnlySpan<byte> rgb, int fromWidth, int fromHeight, int width, int height)
    {
        var planar = new byte[3 * width * height];
        if (fromWidth == width && fromHeight == height)
        {
            for (int i = 0, n = width * height; i < n; i++)
                for (int c = 0; c < 3; c++) planar[c * n + i] = rgb[i * 3 + c];
            return planar;
        }

        // Rows first: [height, fromWidth, 3], then columns.
        var rows = new float[height * fromWidth * 3];
        double stepY = (double)fromHeight / height, stepX = (double)fromWidth / width;
        for (int y = 0; y < height; y++)
        {
            var into = rows.AsSpan(y * fromWidth * 3, fromWidth * 3);
            foreach (var (at, share) in Cover(y, stepY, fromHeight))
            {
                var line = rgb.Slice(at * fromWidth * 3, fromWidth * 3);
                for (int i = 0; i < into.Length; i++) into[i] += line[i] * share;
            }
        }

        for (int x = 0; x < width; x++)
        {
            var cover = Cover(x, stepX, fromWidth);
            for (int y = 0; y < height; y++)
                for (int c = 0; c < 3; c++)
                {
                    float sum = 0;
                    foreach (var (at, share) in cover) sum += rows[(y * fromWidth + at) * 3 + c] * share;
                    planar[(c * height + y) * width + x] = (byte)Math.Clamp(MathF.Round(sum), 0, 255);
                }
        }

        return planar;
    }

    // The input cells under output cell i, each with its share of the output (the shares sum to 1).
    private static (int At, float Share)[] Cover(int i, double step, int length)
    {
        double from = i * step, to = Math.Min((i + 1) * step, length);
        int first = (int)from, last = Math.Min((int)Math.Ceiling(to - 1e-9), length) - 1;
        var cover = new (int, float)[last - first + 1];
        for (int at = first; at <= last; at++)
            cover[at - first] = (at, (float)((Math.Min(at + 1, to) - Math.Max(at, from)) / (to - from)));
        return cover;
    }
}
