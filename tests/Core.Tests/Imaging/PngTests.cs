using HandsOff.Core.Imaging;
using HandsOff.Core.Labeling;

namespace HandsOff.Core.Tests.Imaging;

public sealed class PngTests
{
    private static byte[] Noise(int n, uint seed) => [.. Enumerable.Range(0, n).Select(i => (byte)((uint)i * 2654435761u * seed >> 24))];

    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 3)]
    [InlineData(64, 64)]
    [InlineData(5000, 2)]
    public void Rgb_survives_writing_and_reading(int width, int height)
    {
        byte[] rgb = Noise(width * height * 3, 77);
        byte[] png = PngWriter.Rgb(rgb, width, height);
        var read = ImageFile.ReadRgb(png);
        Assert.Equal((width, height), (read.Width, read.Height));
        Assert.Equal(rgb, read.Rgb);
        Assert.Equal(png, PngWriter.Rgb(rgb, width, height));
        using var other = SkiaSharp.SKBitmap.Decode(png);
        Assert.Equal((width, height), (other.Width, other.Height));
        var corner = other.GetPixel(width - 1, height - 1);
        Assert.Equal(rgb[^3..], new[] { corner.Red, corner.Green, corner.Blue });
    }

    [Fact]
    public void A_mask_keeps_its_class_ids_whatever_their_colours()
    {
        byte[] ids = Noise(33 * 20, 5);
        byte[] palette = MaskPalette.Of([new ClassInfo("a", "#000000"), new ClassInfo("b", "#000000"), new ClassInfo("c", "#ff8000")]);
        byte[] png = PngWriter.Mask(ids, 33, 20, palette);
        Assert.Equal(ids, ImageFile.ReadMask(png).Ids);
        ids[0] = 2;
        Assert.Equal([255, 128, 0], ImageFile.ReadRgb(PngWriter.Mask(ids, 33, 20, palette)).Rgb[..3]);
    }

    [Fact]
    public void Depth_keeps_its_sixteen_bits()
    {
        ushort[] values = [.. Enumerable.Range(0, 48 * 31).Select(i => (ushort)(i * 40503))];
        Assert.Equal(values, ImageFile.ReadGray16(PngWriter.Gray16(values, 48, 31)).Values);
    }

    [Fact]
    public void Jpeg_and_webp_are_read_back()
    {
        byte[] rgb = [.. Enumerable.Range(0, 32 * 16 * 3).Select(i => (byte)(i / 3 % 32 * 4 + 60))];
        Assert.Equal(rgb, ImageFile.ReadRgb(ImageFile.WebpLossless(rgb, 32, 16)).Rgb);
        var jpeg = ImageFile.ReadRgb(ImageFile.Jpeg(rgb, 32, 16));
        Assert.Equal((32, 16), (jpeg.Width, jpeg.Height));
        Assert.All(rgb.Zip(jpeg.Rgb), p => Assert.InRange(Math.Abs(p.First - p.Second), 0, 6));
    }

    [Fact]
    public void Damage_is_told_in_one_line_that_names_the_file()
    {
        byte[] png = PngWriter.Rgb(new byte[300], 10, 10);
        png[^20] ^= 1;
        Assert.StartsWith("x.png: ", Assert.Throws<HandsOffException>(() => ImageFile.ReadRgb(png, "x.png")).Message, StringComparison.Ordinal);
        Assert.Throws<HandsOffException>(() => ImageFile.ReadRgb(png.AsSpan(0, 40), "x.png"));
        Assert.Throws<HandsOffException>(() => ImageFile.ReadRgb("GIF no"u8, "x.gif"));
        Assert.Throws<HandsOffException>(() => ImageFile.ReadMask(PngWriter.Rgb(new byte[300], 10, 10), "rgb.png"));
        Assert.Throws<HandsOffException>(() => ImageFile.ReadGray16(PngWriter.Rgb(new byte[300], 10, 10), "rgb.png"));
        Assert.Throws<HandsOffException>(() => ImageFile.ReadRgb("/nowhere/at/all.png"));
    }
}
