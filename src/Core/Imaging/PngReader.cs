using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace HandsOff.Core.Imaging;

/// <summary>
/// Reads PNG files as they are stored (PNG specification, third edition): every colour type and bit depth, without colour
/// conversion, so that masks keep their indices and depth its 16 bits. Interlaced files are not read.
/// </summary>
internal static class PngReader
{
    private const int MaxPixels = 1 << 28;

    public static bool IsPng(ReadOnlySpan<byte> file) => file.Length > 8 && file[0] == 0x89 && file[1..].StartsWith("PNG\r\n"u8);

    /// <summary>True for files this reader cannot read but other decoders can.</summary>
    public static bool IsInterlaced(ReadOnlySpan<byte> file) => file.Length > 28 && file[28] != 0;

    /// <summary>Reads a PNG; <paramref name="name"/> is what errors call it.</summary>
    public static PngImage Read(ReadOnlySpan<byte> file, string name)
    {
        if (!IsPng(file) || file.Length < 33 || !file.Slice(12, 4).SequenceEqual("IHDR"u8)) throw Bad(name, "not a PNG file");
        int width = BinaryPrimitives.ReadInt32BigEndian(file[16..]), height = BinaryPrimitives.ReadInt32BigEndian(file[20..]);
        int depth = file[24];
        var type = (PngColorType)file[25];
        int channels = type switch
        {
            PngColorType.Gray or PngColorType.Palette => 1,
            PngColorType.GrayAlpha => 2,
            PngColorType.Rgb => 3,
            PngColorType.Rgba => 4,
            _ => throw Bad(name, $"PNG colour type {(int)type} does not exist"),
        };
        if (width < 1 || height < 1 || (long)width * height > MaxPixels) throw Bad(name, $"PNG size {width}x{height} is out of range");
        if (depth is not (1 or 2 or 4 or 8 or 16)) throw Bad(name, $"PNG bit depth {depth} does not exist");
        if (file[28] != 0) throw Bad(name, "interlaced PNG; save it without interlacing");

        using var packed = new MemoryStream();
        byte[] palette = Chunks(file, packed, name);
        int stride = (width * channels * depth + 7) / 8;
        byte[] rows = Inflate(packed, (stride + 1) * height, name);
        Unfilter(rows, stride, height, Math.Max(1, channels * depth / 8), name);
        return new PngImage(width, height, depth, type, channels, Unpack(rows, stride, width * channels, height, depth), palette);
    }

    private static byte[] Chunks(ReadOnlySpan<byte> file, MemoryStream packed, string name)
    {
        byte[] palette = [];
        for (int at = 8; ;)
        {
            if (file.Length - at < 12) throw Bad(name, "PNG is cut short");
            uint length = BinaryPrimitives.ReadUInt32BigEndian(file[at..]);
            if (length > file.Length - at - 12) throw Bad(name, "PNG is cut short");
            var body = file.Slice(at + 4, (int)length + 4);
            if (Crc32.HashToUInt32(body) != BinaryPrimitives.ReadUInt32BigEndian(file[(at + 8 + (int)length)..])) throw Bad(name, "PNG is damaged (checksum)");
            if (body[..4].SequenceEqual("IDAT"u8)) packed.Write(body[4..]);
            else if (body[..4].SequenceEqual("PLTE"u8)) palette = body[4..].ToArray();
            else if (body[..4].SequenceEqual("IEND"u8)) return palette;
            at += 12 + (int)length;
        }
    }

    private static byte[] Inflate(MemoryStream packed, int length, string name)
    {
        var rows = new byte[length];
        packed.Position = 0;
        try
        {
            using var zlib = new ZLibStream(packed, CompressionMode.Decompress, leaveOpen: true);
            zlib.ReadExactly(rows);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw Bad(name, "PNG is damaged (pixel data)");
        }

        return rows;
    }

    private static void Unfilter(byte[] rows, int stride, int height, int step, string name)
    {
        ReadOnlySpan<byte> above = new byte[stride];
        for (int y = 0; y < height; y++)
        {
            var row = rows.AsSpan(y * (stride + 1) + 1, stride);
            int filter = rows[y * (stride + 1)];
            switch (filter)
            {
                case 0: break;
                case 1: for (int i = step; i < stride; i++) row[i] += row[i - step]; break;
                case 2: for (int i = 0; i < stride; i++) row[i] += above[i]; break;
                case 3: for (int i = 0; i < stride; i++) row[i] += (byte)(((i < step ? 0 : row[i - step]) + above[i]) >> 1); break;
                case 4: for (int i = 0; i < stride; i++) row[i] += i < step ? above[i] : Paeth(row[i - step], above[i], above[i - step]); break;
                default: throw Bad(name, $"PNG filter {filter} does not exist");
            }

            above = row;
        }
    }

    private static byte Paeth(int left, int up, int corner)
    {
        int p = left + up - corner, a = Math.Abs(p - left), b = Math.Abs(p - up), c = Math.Abs(p - corner);
        return (byte)(a <= b && a <= c ? left : b <= c ? up : corner);
    }

    private static ushort[] Unpack(byte[] rows, int stride, int perRow, int height, int depth)
    {
        var samples = new ushort[perRow * height];
        for (int y = 0, n = 0; y < height; y++)
        {
            var row = rows.AsSpan(y * (stride + 1) + 1, stride);
            if (depth == 16) for (int i = 0; i < perRow; i++) samples[n++] = BinaryPrimitives.ReadUInt16BigEndian(row[(2 * i)..]);
            else if (depth == 8) for (int i = 0; i < perRow; i++) samples[n++] = row[i];
            else for (int i = 0; i < perRow; i++) samples[n++] = (ushort)((row[i * depth / 8] >> (8 - depth - i * depth % 8)) & ((1 << depth) - 1));
        }

        return samples;
    }

    private static HandsOffException Bad(string name, string what) => new($"{name}: {what}");
}
