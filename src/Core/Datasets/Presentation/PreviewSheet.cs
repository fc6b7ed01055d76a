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
    private const float MaskOpacity = 0.5f;

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
            Draw(canvas, rgb, request, SKRect.Create(x, y, w, h));
            x += w;
            if (over)
            {
                Draw(canvas, Overlaid(rgb, samples[i].Mask(), request), request, SKRect.Create(x, y, w, h));
                if (samples[i].Keypoints() is { } points) DrawKeypoints(canvas, points, request, x, y, scale);
                x += w;
            }

            if (depth) Draw(canvas, DepthColors.Of(samples[i].Depth()!, request.Schema.Depth!), request, SKRect.Create(x, y, w, h));
        }

        canvas.Flush();
        var pixels = bitmap.GetPixelSpan();
        var sheet = new byte[bitmap.Width * bitmap.Height * 3];
        for (int i = 0, n = 0; n < sheet.Length; i += 4, n += 3) pixels.Slice(i, 3).CopyTo(sheet.AsSpan(n));
        return (sheet, bitmap.Width, bitmap.Height);
    }

    private static byte[] Overlaid(byte[] rgb, byte[]? mask, DatasetRequest request)
    {
        if (mask is null) return rgb;
        byte[] palette = MaskPalette.Of(request.Schema.Classes), mixed = new byte[rgb.Length];
        for (int i = 0; i < mask.Length; i++)
            for (int c = 0; c < 3; c++)
                mixed[3 * i + c] = (byte)((1 - MaskOpacity) * rgb[3 * i + c] + MaskOpacity * palette[3 * mask[i] + c]);
        return mixed;
    }

    private static void DrawKeypoints(SKCanvas canvas, float[] points, DatasetRequest request, float x, float y, int scale)
    {
        // Pixel centres lie at integer coordinates, so a point is half a pixel further on the canvas.
        SKPoint At(int k) => new(x + (points[3 * k] + 0.5f) * scale, y + (points[3 * k + 1] + 0.5f) * scale);
        float size = Math.Max(1.5f, Math.Min(request.Width, request.Height) * scale / 64f);
        using var line = new SKPaint { Color = new SKColor(255, 255, 255, 200), StrokeWidth = size / 2, IsAntialias = true, Style = SKPaintStyle.Stroke };
        foreach (int[] bone in request.Schema.Skeleton)
            if (points[3 * bone[0] + 2] > 0 && points[3 * bone[1] + 2] > 0) canvas.DrawLine(At(bone[0]), At(bone[1]), line);
        for (int k = 0; k < points.Length / 3; k++)
        {
            if (points[3 * k + 2] <= 0) continue;
            using var fill = new SKPaint { Color = SKColor.FromHsv(360f * k / (points.Length / 3), 90, 100), IsAntialias = true };
            using var rim = new SKPaint { Color = SKColors.Black, IsAntialias = true, Style = SKPaintStyle.Stroke, StrokeWidth = size / 3 };
            canvas.DrawCircle(At(k), size, fill);
            canvas.DrawCircle(At(k), size, rim);
        }
    }

    private static unsafe void Draw(SKCanvas canvas, byte[] rgb, DatasetRequest request, SKRect place)
    {
        var pixels = new byte[request.Width * request.Height * 4];
        for (int i = 0, n = 0; n < rgb.Length; i += 4, n += 3)
        {
            rgb.AsSpan(n, 3).CopyTo(pixels.AsSpan(i));
            pixels[i + 3] = 255;
        }

        fixed (byte* p = pixels)
        {
            using var pixmap = new SKPixmap(new SKImageInfo(request.Width, request.Height, SKColorType.Rgba8888, SKAlphaType.Opaque), (nint)p, request.Width * 4);
            using var image = SKImage.FromPixelCopy(pixmap);
            canvas.DrawImage(image, place, new SKSamplingOptions(SKFilterMode.Nearest));
        }
    }
}
