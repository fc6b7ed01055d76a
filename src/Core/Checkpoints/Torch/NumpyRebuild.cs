using System.Buffers.Binary;
using System.Text;
using HandsOff.Core.Checkpoints.Pickle;
using HandsOff.Core.Tensors;
using static TorchSharp.torch;

namespace HandsOff.Core.Checkpoints.Torch;

/// <summary>Stand-ins for what numpy names in a pickle.</summary>
internal static class NumpyRebuild
{
    /// <summary>(dtype, bytes): a number. Types that have no plain like become null: no network's figures are of them.</summary>
    public static object? Scalar(PickleTuple a)
    {
        if (a[0] is not NumpyType { Type: { } type } || Raw(a[1]) is not { } memory || memory.Length != ScalarTypes.SizeOf(type)) return null;
        var bytes = memory.Span;
        return type switch
        {
            ScalarType.Float64 => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
            ScalarType.Float32 => (double)BinaryPrimitives.ReadSingleLittleEndian(bytes),
            ScalarType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(bytes),
            ScalarType.Int32 => (long)BinaryPrimitives.ReadInt32LittleEndian(bytes),
            ScalarType.Byte => (long)bytes[0],
            ScalarType.Bool => bytes[0] != 0,
            _ => null,
        };
    }

    /// <summary>Bytes; Python 2 wrote them as text, one character a byte.</summary>
    public static ReadOnlyMemory<byte>? Raw(object? value) => value switch
    {
        ReadOnlyMemory<byte> bytes => bytes,
        string text => Encoding.Latin1.GetBytes(text),
        _ => null,
    };
}
