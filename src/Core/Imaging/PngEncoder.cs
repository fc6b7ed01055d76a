using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace HandsOff.Core.Imaging;

/// <summary>
/// A PNG encoder that keeps its buffers from image to image. The spans it returns are valid until the next call. Not
/// thread-safe. RGB and 16-bit rows take filter Sub or Up, whichever leaves less (sum of absolute differences); palette
/// rows are not filtered.
/// </summary>
public sealed class PngEncoder : IDisposable
{
    private readonly CompressionLevel _level;
    private readonly MemoryStream _file = new();
    private readonly byte[] _chunk = new byte[25];
    private byte[] _raw = [];
    private byte[] _rows = [];
    private byte[] _sub = [];

    public PngEncoder(CompressionLevel level) => _level = level;

    /// <summary>Encodes height*width*3 RGB bytes.</summary>
    public ReadOnlySpan<byte> Rgb(ReadOnlySpan<byte> rgb, int width, int height)
    {
        Check(rgb.Length, 3, width, height);
        Begin(width, height, 8, PngColorType.Rgb);
        Data(rgb, 3 * width, height, 3, filtered: true, _level);
        return End();
    }

    /// <summary>Encodes height*width class ids with a palette of 256 RGB triples.</summary>
    public ReadOnlySpan<byte> Mask(ReadOnlySpan<byte> ids, int width, int height, ReadOnlySpan<byte> palette)
    {
        Check(ids.Length, 1, width, height);
        if (palette.Length != 768) throw new ArgumentException("a palette is 256 RGB triples", nameof(palette));
        Begin(width, height, 8, PngColorType.Palette);
        Chunk("PLTE"u8, palette);
        Data(ids, width, height, 1, filtered: false, _level);
        return End();
    }

    /// <summary>Encodes height*width 8-bit values as gray, without a palette.</summary>
    public ReadOnlySpan<byte> Gray(ReadOnlySpan<byte> values, int width, int height)
    {
        Check(values.Length, 1, width, height);
        Begin(width, height, 8, PngColorType.Gray);
        Data(values, width, height, 1, filtered: false, _level);
        return End();
    }

    /// <summary>Encodes height*width 16-bit values.</summary>
    public ReadOnlySpan<byte> Gray16(ReadOnlySpan<ushort> values, int width, int height)
    {
        Check(values.Length, 1, width, height);
        Grow(ref _raw, 2 * values.Length);
        BinaryPrimitives.ReverseEndianness(values, MemoryMarshal.Cast<byte, ushort>(_raw.AsSpan(0, 2 * values.Length)));
        Begin(width, height, 16, PngColorType.Gray);
        Data(_raw.AsSpan(0, 2 * values.Length), 2 * width, height, 2, filtered: true, _level);
        return End();
    }

    public void Dispose() => _file.Dispose();

    private static void Check(int length, int channels, int width, int height)
    {
        if (width < 1 || height < 1 || length != (long)width * height * channels)
            throw new ArgumentException($"{length} values do not make a {width}x{height} image of {channels} channels");
    }

    private void Begin(int width, int height, byte depth, PngColorType type)
    {
        _file.SetLength(0);
        _file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);
        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], height);
        header[8] = depth;
        header[9] = (byte)type;
        header[10..].Clear();
        Chunk("IHDR"u8, header);
    }

    private ReadOnlySpan<byte> End()
    {
        Chunk("IEND"u8, []);
        return _file.GetBuffer().AsSpan(0, (int)_file.Length);
    }

    private void Chunk(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        BinaryPrimitives.WriteInt32BigEndian(_chunk, data.Length);
        _file.Write(_chunk.AsSpan(0, 4));
        int start = (int)_file.Position;
        _file.Write(type);
        _file.Write(data);
        WriteCrc(start);
    }

    private void WriteCrc(int start)
    {
        uint crc = Crc32.HashToUInt32(_file.GetBuffer().AsSpan(start, (int)_file.Position - start));
        BinaryPrimitives.WriteUInt32BigEndian(_chunk, crc);
        _file.Write(_chunk.AsSpan(0, 4));
    }

    private void Data(ReadOnlySpan<byte> pixels, int stride, int height, int bytesPerPixel, bool filtered, CompressionLevel level)
    {
        Grow(ref _rows, (stride + 1) * height);
        Grow(ref _sub, stride);
        for (int y = 0; y < height; y++)
        {
            var row = pixels.Slice(y * stride, stride);
            var target = _rows.AsSpan(y * (stride + 1), stride + 1);
            if (!filtered) { target[0] = 0; row.CopyTo(target[1..]); }
            else Filter(row, y > 0 ? pixels.Slice((y - 1) * stride, stride) : [], bytesPerPixel, target);
        }

        int head = (int)_file.Position;
        _file.Write(stackalloc byte[4]);
        _file.Write("IDAT"u8);
        using (var zlib = new ZLibStream(_file, level, leaveOpen: true)) zlib.Write(_rows.AsSpan(0, (stride + 1) * height));
        BinaryPrimitives.WriteInt32BigEndian(_file.GetBuffer().AsSpan(head), (int)_file.Position - head - 8);
        WriteCrc(head + 4);
    }

    private void Filter(ReadOnlySpan<byte> row, ReadOnlySpan<byte> above, int bytesPerPixel, Span<byte> target)
    {
        var sub = _sub.AsSpan(0, row.Length);
        row[..bytesPerPixel].CopyTo(sub);
        long subCost = Cost(row[..bytesPerPixel]);
        subCost += Difference(row[bytesPerPixel..], row[..^bytesPerPixel], sub[bytesPerPixel..]);
        if (!above.IsEmpty && Difference(row, above, target[1..]) <= subCost) { target[0] = 2; return; }
        target[0] = 1;
        sub.CopyTo(target[1..]);
    }

    private static long Cost(ReadOnlySpan<byte> row)
    {
        long cost = 0;
        foreach (byte v in row) cost += Math.Min(v, 256 - v);
        return cost;
    }

    /// <summary>target = a - b modulo 256; returns the sum of the differences' absolute (signed byte) values.</summary>
    private static long Difference(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, Span<byte> target)
    {
        long cost = 0;
        int i = 0, lanes = Vector<byte>.Count;
        if (a.Length >= lanes)
        {
            ref byte pa = ref MemoryMarshal.GetReference(a), pb = ref MemoryMarshal.GetReference(b), pt = ref MemoryMarshal.GetReference(target);
            while (i <= a.Length - lanes)
            {
                var sum = Vector<ushort>.Zero;
                // 200 rounds of at most 2 * 128 stay below 65,536.
                for (int round = 0; round < 200 && i <= a.Length - lanes; round++, i += lanes)
                {
                    var d = Vector.LoadUnsafe(ref pa, (nuint)i) - Vector.LoadUnsafe(ref pb, (nuint)i);
                    d.StoreUnsafe(ref pt, (nuint)i);
                    Vector.Widen(Vector.Min(d, Vector<byte>.Zero - d), out var low, out var high);
                    sum += low + high;
                }

                Vector.Widen(sum, out var l, out var h);
                cost += Vector.Sum(l + h);
            }
        }

        for (; i < a.Length; i++)
        {
            byte d = (byte)(a[i] - b[i]);
            target[i] = d;
            cost += Math.Min(d, 256 - d);
        }

        return cost;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Grow(ref byte[] buffer, int length)
    {
        if (buffer.Length < length) buffer = new byte[length];
    }
}
