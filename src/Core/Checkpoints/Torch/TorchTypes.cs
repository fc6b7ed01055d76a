using static TorchSharp.torch;

namespace HandsOff.Core.Checkpoints.Torch;

/// <summary>torch's and numpy's names of element types, and their sizes in bytes.</summary>
internal static class TorchTypes
{
    private static readonly Dictionary<string, ScalarType> Storages = new(StringComparer.Ordinal)
    {
        ["FloatStorage"] = ScalarType.Float32,
        ["HalfStorage"] = ScalarType.Float16,
        ["BFloat16Storage"] = ScalarType.BFloat16,
        ["DoubleStorage"] = ScalarType.Float64,
        ["LongStorage"] = ScalarType.Int64,
        ["IntStorage"] = ScalarType.Int32,
        ["ShortStorage"] = ScalarType.Int16,
        ["CharStorage"] = ScalarType.Int8,
        ["ByteStorage"] = ScalarType.Byte,
        ["BoolStorage"] = ScalarType.Bool,
    };

    private static readonly Dictionary<string, ScalarType> Types = new(StringComparer.Ordinal)
    {
        ["float32"] = ScalarType.Float32,
        ["float16"] = ScalarType.Float16,
        ["bfloat16"] = ScalarType.BFloat16,
        ["float64"] = ScalarType.Float64,
        ["int64"] = ScalarType.Int64,
        ["int32"] = ScalarType.Int32,
        ["int16"] = ScalarType.Int16,
        ["int8"] = ScalarType.Int8,
        ["uint8"] = ScalarType.Byte,
        ["bool"] = ScalarType.Bool,
    };

    /// <summary>FloatStorage and its like, in module torch.</summary>
    public static IEnumerable<string> StorageNames => Storages.Keys;

    /// <summary>float32 and its like, in module torch.</summary>
    public static IEnumerable<string> TypeNames => Types.Keys;

    /// <summary>What a storage of that class holds; an untyped one holds bytes.</summary>
    public static ScalarType? OfStorage(string name) => name == "UntypedStorage" ? ScalarType.Byte : Storages.TryGetValue(name, out var type) ? type : null;

    public static ScalarType? OfName(string name) => Types.TryGetValue(name, out var type) ? type : null;

    /// <summary>numpy's kind and size: f4, i8, u1, b1; null for what torch has no like of.</summary>
    public static ScalarType? OfNumpy(string code) => code switch
    {
        "f2" => ScalarType.Float16,
        "f4" => ScalarType.Float32,
        "f8" => ScalarType.Float64,
        "i1" => ScalarType.Int8,
        "i2" => ScalarType.Int16,
        "i4" => ScalarType.Int32,
        "i8" => ScalarType.Int64,
        "u1" => ScalarType.Byte,
        "b1" => ScalarType.Bool,
        _ => null,
    };
}
