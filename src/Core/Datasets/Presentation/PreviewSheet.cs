using HandsOff.Core.Imaging;
using SkiaSharp;

namespace HandsOff.Core.Datasets;

/// <summary>
/// A contact sheet: for each sample its image, the image with the mask's colours and the keypoints drawn over, and the depth in
/// colours (near is bright).
/// </summary>
public static class PreviewSheet
{
    private const int PanelTarget = 128, Gap = 4, MaxColumns = 12;

    /// <summary>Samples a sheet shows unless told otherwise.</summary>
    public const int DefaultSamples = 16;

    /// <summary>The sheet as a JPEG file (quality 90).</summary>
    public static byte[] Jpeg(IReadOnlyList<StoredSample> samples, DatasetRequest request)
    {
        var (rgb, width, height) = Render(samples, request);
        return ImageFile.Jpeg(rgb, width, height, 90);
    }

    /// <summary>The sheet as a PNG file.</summary>
    public static byte[] Png(IReadOnlyList<StoredSample> samples, DatasetRequest request)
    {
        var (rgb, width, height) = Render(samples, request);
        return PngWriter.Rgb(rgb, width, height);
    }

    private static (byte[] Rgb, int Width, int Height) Render(IReadOnlyList<StoredSample> samples, DatasetRequest request)
    {
        int scale = Math.Max(1, PanelTarget / Math.Max(request.Width, request.Height)), w = request.Width * scale, h = request.Height * scale;
        bool over = request.Schema.Classes.Count + request.Schema.Keypoints.Count > 0, depth = request.Schema.Depth is not null;
        int panels = 1 + (over ? 1 : 0) + (depth ? 1 : 0);
        int across = Math.Clamp(Math.Min(samples.Count, MaxColumns / panels), 1, 8), down = Math.Max(1, (samples.Count + across - 1) / across);
        int cell = panels * w + 2 * Gap;
        using var bitmap = new SKBitmap(new SKImageInfo(across * cell + Gap, down * (h + Gap) + Gap, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using var canvas = new SKCanvas(bitmap);
        canvas.Clear(SKColors.White);
        for (int i = 0; i < samples.Count; i++)
        {
            float x = Gap + i % across * cell, y = Gap + i / across * (h + Gap);
            byte[] rgb = samples[i].Rgb();
            SampleDrawing.Image(canvas, rgb, request, SKRect.Create(x, y, w, h));
            x += w;
            if (over)
            {
                SampleDrawing.Image(canvas, SampleDrawing.WithMask(rgb, samples[i].Mask(), request), request, SKRect.Create(x, y, w, h));
                if (samples[i].Keypoints() is { } points) SampleDrawing.Keypoints(canvas, points, request, x, y, scale);
                x += w;
            }

            if (depth) SampleDrawing.Image(canvas, DepthColors.Of(samples[i].Depth()!, request.Schema.Depth!), request, SKRect.Create(x, y, w, h));
        }

        canvas.Flush();
        var pixels = bitmap.GetPixelSpan();
        var sheet = new byte[bitmap.Width * bitmap.Height * 3];
        for (int i = 0, n = 0; n < sheet.Length; i += 4, n += 3) pixels.Slice(i, 3).CopyTo(sheet.AsSpan(n));
        return (sheet, bitmap.Width, bitmap.Height);
    }
}
