using HandsOff.Core.Imaging;
using SkiaSharp;

namespace HandsOff.Core.Datasets;

/// <summary>How a sample's image and labels are drawn, for sheets and overlays alike.</summary>
internal static class SampleDrawing
{
    private const float MaskOpacity = 0.5f;

    /// <summary>The image with the mask's colours mixed in; the image itself when there is no mask.</summary>
    public static byte[] WithMask(byte[] rgb, byte[]? mask, DatasetRequest request)
    {
        if (mask is null) return rgb;
        byte[] palette = MaskPalette.Of(request.Schema.Classes), mixed = new byte[rgb.Length];
        for (int i = 0; i < mask.Length; i++)
            for (int c = 0; c < 3; c++)
                mixed[3 * i + c] = (byte)((1 - MaskOpacity) * rgb[3 * i + c] + MaskOpacity * palette[3 * mask[i] + c]);
        return mixed;
    }

    /// <summary>Draws bones and points with their visibility above 0; x, y is where the image's corner lies.</summary>
    public static void Keypoints(SKCanvas canvas, float[] points, DatasetRequest request, float x, float y, int scale)
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

    /// <summary>Draws height*width*3 RGB bytes into the place, pixel by pixel.</summary>
    public static unsafe void Image(SKCanvas canvas, byte[] rgb, DatasetRequest request, SKRect place)
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
