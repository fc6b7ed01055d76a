using HandsOff.Core.Checkpoints.Pickle;
using static TorchSharp.torch;

namespace HandsOff.Core.Checkpoints.Torch;

/// <summary>Stand-ins for the functions torch names in a pickle to put tensors together.</summary>
internal static class TorchRebuild
{
    /// <summary>(storage, offset, size, stride, ...): the rest (gradient flag, hooks) is of no interest.</summary>
    public static CheckpointTensor Tensor(PickleTuple a)
        => a[0] is TorchStorage storage ? View(storage, storage.Type, a) : throw Odd();

    /// <summary>(storage, offset, size, stride, gradient flag, hooks, dtype): an untyped storage read as the dtype.</summary>
    public static CheckpointTensor TypedTensor(PickleTuple a)
        => a[0] is TorchStorage storage && a[6] is PickleGlobal global && TorchTypes.OfName(global.Name) is { } type ? View(storage, type, a) : throw Odd();

    /// <summary>(tensor, gradient flag, hooks[, state]).</summary>
    public static CheckpointTensor Parameter(PickleTuple a) => a[0] as CheckpointTensor ?? throw Odd();

    /// <summary>(function, type, arguments, state): a tensor that carries attributes, which are dropped.</summary>
    public static CheckpointTensor FromType(PickleTuple a)
        => a[0] is PickleGlobal { Module: "torch._utils", Construct: { } construct } && a[2] is PickleTuple arguments
            ? construct(arguments) as CheckpointTensor ?? throw Odd()
            : throw Odd();

    private static CheckpointTensor View(TorchStorage storage, ScalarType type, PickleTuple a)
        => a[1] is long offset && Numbers(a[2]) is { } shape && Numbers(a[3]) is { } strides
            ? new CheckpointTensor(storage, type, offset, shape, strides)
            : throw Odd();

    private static long[]? Numbers(object? tuple)
        => tuple is PickleTuple t && Array.TrueForAll(t.Items, i => i is long) ? Array.ConvertAll(t.Items, i => (long)i!) : null;

    private static PickleException Odd() => new("broken: a tensor is described in another way than torch does");
}
