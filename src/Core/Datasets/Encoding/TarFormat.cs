namespace HandsOff.Core.Datasets.Encoding;

/// <summary>
/// USTAR (POSIX.1-1988): 512-byte headers of fixed mode, owner and time, so that equal members give equal archives.
/// Regular files with short names only.
/// </summary>
internal static class TarFormat
{
    public const int Block = 512;

    /// <summary>Two empty blocks end an archive.</summary>
    public const int EndLength = 2 * Block;

    public const long MaxSize = 0x1_FFFF_FFFF; // eleven octal digits: 8 GiB - 1

    /// <summary>Empty bytes after a member of this length.</summary>
    public static int Padding(long length) => (int)(-length & (Block - 1));

    /// <summary>Writes a header: mode 0444, owner 0, modification time 0.</summary>
    public static void WriteHeader(Span<byte> header, string name, long size)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, MaxSize);
        header[..Block].Clear();
        int length = System.Text.Encoding.ASCII.GetBytes(name, header[..100]);
        if (length >= 100) throw new ArgumentException($"tar member name '{name}' is too long", nameof(name));
        "0000444\0"u8.CopyTo(header[100..]);
        "0000000\0"u8.CopyTo(header[108..]);
        "0000000\0"u8.CopyTo(header[116..]);
        Octal(header.Slice(124, 12), size);
        "00000000000\0"u8.CopyTo(header[136..]);
        "        "u8.CopyTo(header[148..]);
        header[156] = (byte)'0';
        "ustar\u000000"u8.CopyTo(header[257..]);
        "handsoff"u8.CopyTo(header[265..]);
        "handsoff"u8.CopyTo(header[297..]);
        int sum = 0;
        foreach (byte b in header[..Block]) sum += b;
        Octal(header.Slice(148, 7), sum);
        header[155] = (byte)' ';
    }

    /// <summary>Reads a header: false at the archive's end; throws when it is no header.</summary>
    public static bool TryReadHeader(ReadOnlySpan<byte> header, string archive, out string name, out long size)
    {
        (name, size) = ("", 0);
        if (header[..Block].IndexOfAnyExcept((byte)0) < 0) return false;
        int sum = 0;
        for (int i = 0; i < Block; i++) sum += i is >= 148 and < 156 ? ' ' : header[i];
        if (Number(header.Slice(148, 7)) != sum) throw new HandsOffException($"{archive}: damaged: a tar header's checksum is wrong");
        var text = header[..100];
        int end = text.IndexOf((byte)0);
        name = System.Text.Encoding.ASCII.GetString(end < 0 ? text : text[..end]);
        size = Number(header.Slice(124, 11));
        return true;
    }

    private static void Octal(Span<byte> field, long value)
    {
        field[^1] = 0;
        for (int i = field.Length - 2; i >= 0; i--, value >>= 3) field[i] = (byte)('0' + (value & 7));
    }

    private static long Number(ReadOnlySpan<byte> field)
    {
        long value = 0;
        foreach (byte c in field)
            if (c is >= (byte)'0' and <= (byte)'7') value = value << 3 | (uint)(c - '0');
            else break;
        return value;
    }
}
