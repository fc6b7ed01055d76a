using System.IO.Compression;

namespace HandsOff.Core.Imaging;

/// <summary>
/// Writes PNG files: 8-bit RGB, 8-bit palette (masks: the index is the class id) and 16-bit gray (depth). Equal pixels
/// give equal bytes: no time stamps, fixed filters rule, one IDAT chunk. For many images keep a <see cref="PngEncoder"/>.
/// </summary>
public static class PngWriter
{
    /// <summary>Encodes height*width*3 row-major RGB bytes.</summary>
    public static byte[] Rgb(ReadOnlySpan<byte> rgb, int width, int height, CompressionLevel level = CompressionLevel.Optimal)
    {
        using var encoder = new PngEncoder(level);
        return encoder.Rgb(rgb, width, height).ToArray();
    }

    /// <summary>
    /// Encodes height*width class ids as an 8-bit palette image. <paramref name="palette"/> holds 256 RGB triples
    /// (see <see cref="MaskPalette"/>); readers that ask for indices get the ids back as they are.
    /// </summary>
    public static byte[] Mask(ReadOnlySpan<byte> ids, int width, int height, ReadOnlySpan<byte> palette)
    {
        using var encoder = new PngEncoder(CompressionLevel.Optimal);
        return encoder.Mask(ids, width, height, palette).ToArray();
    }

    /// <summary>Encodes height*width 8-bit values as a gray image without a palette.</summary>
    public static byte[] Gray(ReadOnlySpan<byte> values, int width, int height)
    {
        using var encoder = new PngEncoder(CompressionLevel.Optimal);
        return encoder.Gray(values, width, height).ToArray();
    }

    /// <summary>Encodes height*width values as a 16-bit gray image.</summary>
    public static byte[] Gray16(ReadOnlySpan<ushort> values, int width, int height)
    {
        using var encoder = new PngEncoder(CompressionLevel.Optimal);
        return encoder.Gray16(values, width, height).ToArray();
    }
}
