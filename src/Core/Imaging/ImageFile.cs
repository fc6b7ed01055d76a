using SkiaSharp;

namespace HandsOff.Core.Imaging;

/// <summary>
/// Reads images from files or bytes: PNG as stored (masks give class ids, depth its 16 bits), JPEG, WebP and the rest
/// through Skia. Every failure is one line that names the file.
/// </summary>
public static class ImageFile
{
    /// <summary>Height*width*3 RGB bytes, row-major. Alpha is dropped, 16-bit values keep their upper byte.</summary>
    public static (byte[] Rgb, int Width, int Height) ReadRgb(string path) => ReadRgb(Load(path), path);

    /// <summary>Height*width*3 RGB bytes, row-major; <paramref name="name"/> is what errors call the image.</summary>
    public static (byte[] Rgb, int Width, int Height) ReadRgb(ReadOnlySpan<byte> file, string name = "image")
    {
        if (!PngReader.IsPng(file) || PngReader.IsInterlaced(file)) return Decode(file, name);
        var png = PngReader.Read(file, name);
        var rgb = new byte[png.Width * png.Height * 3];
        int high = png.BitDepth == 16 ? 257 : 1, scale = png.BitDepth < 8 ? 255 / ((1 << png.BitDepth) - 1) : 1;
        for (int i = 0, n = 0; i < png.Width * png.Height; i++, n += 3)
        {
            int at = i * png.Channels;
            switch (png.ColorType)
            {
                case PngColorType.Palette:
                    int entry = 3 * png.Samples[at];
                    if (entry + 2 >= png.Palette.Length) throw new HandsOffException($"{name}: PNG names colour {png.Samples[at]}, its palette has {png.Palette.Length / 3}");
                    png.Palette.AsSpan(entry, 3).CopyTo(rgb.AsSpan(n));
                    break;
                case PngColorType.Gray or PngColorType.GrayAlpha:
                    rgb[n] = rgb[n + 1] = rgb[n + 2] = Eight(png.Samples[at]);
                    break;
                default:
                    for (int c = 0; c < 3; c++) rgb[n + c] = Eight(png.Samples[at + c]);
                    break;
            }
        }

        return (rgb, png.Width, png.Height);

        byte Eight(ushort v) => high == 257 ? (byte)(v >> 8) : (byte)(v * scale);
    }

    /// <summary>Height*width class ids of a palette or gray PNG of at most 8 bits: raw indices, never colours.</summary>
    public static (byte[] Ids, int Width, int Height) ReadMask(string path) => ReadMask(Load(path), path);

    /// <summary>Height*width class ids of a palette or gray PNG of at most 8 bits; <paramref name="name"/> is what errors call it.</summary>
    public static (byte[] Ids, int Width, int Height) ReadMask(ReadOnlySpan<byte> file, string name = "mask")
    {
        if (!PngReader.IsPng(file)) throw new HandsOffException($"{name}: a mask should be a PNG file whose values are class ids");
        var png = PngReader.Read(file, name);
        if (png.Channels != 1 || png.BitDepth > 8)
            throw new HandsOffException($"{name}: a mask should have one channel of 8 bits (class ids); this one has {png.Channels} of {png.BitDepth}");
        return (Array.ConvertAll(png.Samples, v => (byte)v), png.Width, png.Height);
    }

    /// <summary>Height*width values of a 16-bit gray PNG (depth).</summary>
    public static (ushort[] Values, int Width, int Height) ReadGray16(string path) => ReadGray16(Load(path), path);

    /// <summary>Height*width values of a 16-bit gray PNG (depth); <paramref name="name"/> is what errors call it.</summary>
    public static (ushort[] Values, int Width, int Height) ReadGray16(ReadOnlySpan<byte> file, string name = "depth")
    {
        if (!PngReader.IsPng(file)) throw new HandsOffException($"{name}: depth should be a 16-bit gray PNG file");
        var png = PngReader.Read(file, name);
        if (png.ColorType != PngColorType.Gray || png.BitDepth != 16)
            throw new HandsOffException($"{name}: depth should be 16-bit gray; this is {png.BitDepth}-bit {png.ColorType}");
        return (png.Samples, png.Width, png.Height);
    }

    /// <summary>Encodes height*width*3 RGB bytes as JPEG (quality 1 to 100, no chroma subsampling).</summary>
    public static byte[] Jpeg(ReadOnlySpan<byte> rgb, int width, int height, int quality = 95) =>
        Encode(rgb, width, height, pixmap => pixmap.Encode(new SKJpegEncoderOptions(quality, SKJpegEncoderDownsample.Downsample444, SKJpegEncoderAlphaOption.Ignore)));

    /// <summary>Encodes height*width*3 RGB bytes as lossless WebP at the fastest effort.</summary>
    public static byte[] WebpLossless(ReadOnlySpan<byte> rgb, int width, int height) =>
        Encode(rgb, width, height, pixmap => pixmap.Encode(new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossless, 0)));

    private static byte[] Load(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HandsOffException($"{path}: cannot be read: {e.Message}", HandsOffException.Failed, e);
        }
    }

    private static (byte[] Rgb, int Width, int Height) Decode(ReadOnlySpan<byte> file, string name)
    {
        using var data = SKData.CreateCopy(file);
        using var codec = SKCodec.Create(data) ?? throw new HandsOffException($"{name}: not an image that can be read (PNG, JPEG and WebP can)");
        // No colour space: stored values, as training sets mean them.
        var info = new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        using var bitmap = new SKBitmap(info);
        if (codec.GetPixels(info, bitmap.GetPixels()) != SKCodecResult.Success) throw new HandsOffException($"{name}: the image is damaged or cut short");
        var pixels = bitmap.GetPixelSpan();
        var rgb = new byte[info.Width * info.Height * 3];
        for (int i = 0, n = 0; n < rgb.Length; i += 4, n += 3)
        {
            rgb[n] = pixels[i];
            rgb[n + 1] = pixels[i + 1];
            rgb[n + 2] = pixels[i + 2];
        }

        return (rgb, info.Width, info.Height);
    }

    private static unsafe byte[] Encode(ReadOnlySpan<byte> rgb, int width, int height, Func<SKPixmap, SKData?> encode)
    {
        if (rgb.Length != (long)width * height * 3) throw new ArgumentException($"{rgb.Length} bytes do not make a {width}x{height} RGB image");
        byte[] pixels = System.Buffers.ArrayPool<byte>.Shared.Rent(width * height * 4);
        try
        {
            for (int i = 0, n = 0; n < rgb.Length; i += 4, n += 3)
            {
                pixels[i] = rgb[n];
                pixels[i + 1] = rgb[n + 1];
                pixels[i + 2] = rgb[n + 2];
                pixels[i + 3] = 255;
            }

            fixed (byte* p = pixels)
            {
                using var pixmap = new SKPixmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque), (nint)p, width * 4);
                using var data = encode(pixmap) ?? throw new HandsOffException($"the image encoder refused a {width}x{height} image");
                return data.ToArray();
            }
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(pixels);
        }
    }
}
