using HandsOff.Core.Checkpoints.Pickle;
using HandsOff.Core.Tensors;
using static TorchSharp.torch;

namespace HandsOff.Core.Checkpoints.Torch;

/// <summary>A run of elements that tensors are views of; its bytes are read when the first tensor asks.</summary>
internal sealed class TorchStorage(ScalarType type, long count)
{
    private ReadOnlyMemory<byte>? data;

    public ScalarType Type { get; } = type;

    public long ByteLength { get; } = checked(count * ScalarTypes.SizeOf(type));

    /// <summary>Where the bytes come from, when they have not been read with the rest of the file.</summary>
    public Func<long, ReadOnlyMemory<byte>>? Reader { get; init; }

    public bool HasData => data is not null;

    public ReadOnlyMemory<byte> Data
    {
        get => data ??= Reader?.Invoke(ByteLength) ?? throw new PickleException("broken: a tensor whose data is not in the file");
        set => data = value;
    }

    /// <summary>Reads a torch persistent id: ('storage', storage class, key, location, element count[, view]).</summary>
    public static (string Key, ScalarType Type, long Count) ParseId(PickleTuple id)
    {
        if (id[0] is "module") throw new PickleException("refused: it holds a whole pickled module with its source; save its state_dict instead");
        if (id[0] is not "storage" || id[1] is not PickleGlobal global || TorchTypes.OfStorage(global.Name) is not { } type
            || id[2] is not string key || id[4] is not long count || count < 0 || count > long.MaxValue / 8 || id[5] is not null)
            throw new PickleException("broken: a storage is described in another way than torch does");
        return (key, type, count);
    }
}
