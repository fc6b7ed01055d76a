using HandsOff.Core.Checkpoints.Pickle;
using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Checkpoints.Torch;

/// <summary>A tensor as a checkpoint describes it: a strided view of a storage. Its numbers are read on <see cref="Load"/>.</summary>
internal sealed class CheckpointTensor
{
    private const int MostDimensions = 16;

    // A view may repeat elements (stride 0); beyond this many it is a small file that asks for a lot of memory.
    private const long MostRepeated = 1 << 24;
    private readonly TorchStorage storage;
    private readonly long offset;
    private readonly long[] strides;

    /// <summary>Checks that the view lies inside its storage. Offset and strides count elements.</summary>
    public CheckpointTensor(TorchStorage storage, ScalarType type, long offset, long[] shape, long[] strides)
    {
        (this.storage, Type, this.offset, Shape, this.strides) = (storage, type, offset, shape, strides);
        if (shape.Length != strides.Length || shape.Length > MostDimensions) throw Broken();
        try
        {
            checked
            {
                Count = 1;
                long last = offset;
                for (int d = 0; d < shape.Length; d++)
                {
                    if (shape[d] < 0 || strides[d] < 0) throw Broken();
                    Count *= shape[d];
                    last += (shape[d] - 1) * strides[d];
                }

                long available = storage.ByteLength / ScalarTypes.SizeOf(type);
                if (offset < 0 || (Count > 0 && last >= available) || Count > Math.Max(available, MostRepeated)) throw Broken();
            }
        }
        catch (OverflowException)
        {
            throw Broken();
        }
    }

    public ScalarType Type { get; }

    public long[] Shape { get; }

    /// <summary>Number of elements.</summary>
    public long Count { get; }

    /// <summary>The tensor on the CPU, contiguous, detached from any scope: the caller disposes it.</summary>
    public Tensor Load()
    {
        var tensor = empty(Shape, Type).DetachFromDisposeScope();
        if (Count == 0) return tensor;
        try
        {
            Copy(storage.Data.Span, tensor.bytes);
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    private static PickleException Broken() => new("broken: a tensor that does not fit its storage");

    private void Copy(ReadOnlySpan<byte> from, Span<byte> to)
    {
        int size = ScalarTypes.SizeOf(Type);
        // The innermost dimensions that lie densely are copied in one piece; the others step through like an odometer.
        int outer = Shape.Length;
        long run = 1;
        while (outer > 0 && (Shape[outer - 1] == 1 || strides[outer - 1] == run)) run *= Shape[--outer];
        int bytes = checked((int)(run * size));
        Span<long> index = stackalloc long[MostDimensions];
        index.Clear();
        long at = offset;
        for (int done = 0; done < to.Length; done += bytes)
        {
            from.Slice(checked((int)(at * size)), bytes).CopyTo(to[done..]);
            for (int d = outer - 1; d >= 0; d--)
            {
                at += strides[d];
                if (++index[d] < Shape[d]) break;
                at -= Shape[d] * strides[d];
                index[d] = 0;
            }
        }
    }
}
