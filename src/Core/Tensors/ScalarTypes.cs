using static TorchSharp.torch;

namespace HandsOff.Core.Tensors;

/// <summary>Sizes of tensors' elements.</summary>
internal static class ScalarTypes
{
    /// <summary>Bytes of one element.</summary>
    public static int SizeOf(ScalarType type) => type switch
    {
        ScalarType.Byte or ScalarType.Int8 or ScalarType.Bool => 1,
        ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Int16 => 2,
        ScalarType.Float32 or ScalarType.Int32 => 4,
        ScalarType.Float64 or ScalarType.Int64 => 8,
        _ => throw new ArgumentException($"{type} is no type of a stored tensor", nameof(type)),
    };
}
