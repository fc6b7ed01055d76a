using HandsOff.Core.Imaging;
using HandsOff.Core.Labeling;
using SkiaSharp;

namespace HandsOff.Core.Datasets;

/// <summary>One sample's image with its labels drawn over it.</summary>
public static class SampleOverlay
{
    /// <summary>The largest magnification.</summary>
    public const int MaxScale = 16;

    private const int LargestSide = 4096;
    private const float DepthOpacity = 0.75f;

    /// <summary>A PNG file, <paramref name="scale"/> times as wide and high as the sample.</summary>
    /// <param name="sample">The sample.</param>
    /// <param name="request">What it was made by.</param>
    /// <param name="parts">The labels to draw; those that the request does not have are left out.</param>
    /// <param name="scale">1 to <see cref="MaxScale"/>; less when the picture would exceed 4096 pixels a side.</param>
    public static byte[] Png(StoredSample sample, DatasetRequest request, LabelKinds parts, int scale)
    {
        if (scale is < 1 or > MaxScale) throw HandsOffException.Usage($"scale {scale}: 1 to {MaxScale} would be right");
        scale = Math.Max(1, Math.Min(scale, LargestSide / Math.Max(request.Width, request.Height)));
        byte[] rgb = sample.Rgb();
        if (parts.HasFlag(LabelKinds.Depth) && sample.Depth() is { } depth) rgb = WithDepth(rgb, DepthColors.Of(depth, request.Schema.Depth!));
        if (parts.HasFlag(LabelKinds.Segmentation)) rgb = SampleDrawing.WithMask(rgb, sample.Mask(), request);
        int width = request.Width * scale, height = request.Height * scale;
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using var canvas = new SKCanvas(bitmap);
        SampleDrawing.Image(canvas, rgb, request, SKRect.Create(0, 0, width, height));
        if (parts.HasFlag(LabelKinds.Keypoints) && sample.Keypoints() is { } points) SampleDrawing.Keypoints(canvas, points, request, 0, 0, scale);
        canvas.Flush();
        var pixels = bitmap.GetPixelSpan();
        var drawn = new byte[width * height * 3];
        for (int i = 0, n = 0; n < drawn.Length; i += 4, n += 3) pixels.Slice(i, 3).CopyTo(drawn.AsSpan(n));
        return PngWriter.Rgb(drawn, width, height);
    }

    private static byte[] WithDepth(byte[] rgb, byte[] colors)
    {
        var mixed = new byte[rgb.Length];
        for (int i = 0; i < rgb.Length; i++) mixed[i] = (byte)((1 - DepthOpacity) * rgb[i] + DepthOpacity * colors[i]);
        return mixed;
    }
}
