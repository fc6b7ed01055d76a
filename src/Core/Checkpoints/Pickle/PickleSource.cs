using System.Buffers.Binary;
using System.Text;

namespace HandsOff.Core.Checkpoints.Pickle;

/// <summary>
/// The bytes a pickle is read from, front to back: a file or a blob in memory. Every length is held against what is left
/// before anything is allocated, so a pickle that claims more than it has costs nothing.
/// </summary>
internal sealed class PickleSource
{
    private readonly Stream? stream;
    private readonly ReadOnlyMemory<byte> memory;
    private readonly byte[] small = new byte[8];
    private readonly long length;
    private long position;

    public PickleSource(Stream stream, long length) => (this.stream, this.length) = (stream, length);

    public PickleSource(ReadOnlyMemory<byte> memory) => (this.memory, length) = (memory, memory.Length);

    public long Remaining => length - position;

    public byte Byte() => Few(1)[0];

    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Few(2));

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Few(4));

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Few(4));

    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Few(8));

    public double BigEndianDouble() => BinaryPrimitives.ReadDoubleBigEndian(Few(8));

    /// <summary>The next <paramref name="count"/> bytes; a blob's bytes are shared, not copied.</summary>
    public ReadOnlyMemory<byte> Bytes(long count)
    {
        if (count < 0 || count > Remaining) throw new PickleException($"cut short or broken: {Claimed(count)} bytes are claimed where {Remaining} are left");
        if (count > Array.MaxLength) throw new PickleException($"one piece of {count} bytes: pieces of 2 GiB or more are not supported");
        int n = (int)count;
        if (stream is null)
        {
            var slice = memory.Slice((int)position, n);
            position += n;
            return slice;
        }

        byte[] bytes = GC.AllocateUninitializedArray<byte>(n);
        stream.ReadExactly(bytes);
        position += n;
        return bytes;
    }

    public string Utf8(long count) => Encoding.UTF8.GetString(Bytes(count).Span);

    public string Latin1(long count) => Encoding.Latin1.GetString(Bytes(count).Span);

    /// <summary>Text up to the next line feed, which is consumed: a global's module or name.</summary>
    public string Line()
    {
        const int longest = 512;
        var text = new StringBuilder();
        for (byte b = Byte(); b != '\n'; b = Byte())
        {
            if (text.Length == longest) throw new PickleException($"broken pickle: a name longer than {longest} characters");
            text.Append((char)b);
        }

        return text.ToString();
    }

    private static string Claimed(long count) => count < 0 ? "a negative number of" : count.ToString();

    private ReadOnlySpan<byte> Few(int count)
    {
        if (count > Remaining) throw new PickleException("cut short: it ends before its pickle does");
        if (stream is null)
        {
            var slice = memory.Span.Slice((int)position, count);
            position += count;
            return slice;
        }

        stream.ReadExactly(small, 0, count);
        position += count;
        return small.AsSpan(0, count);
    }
}
