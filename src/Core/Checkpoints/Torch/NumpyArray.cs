using HandsOff.Core.Checkpoints.Pickle;
using HandsOff.Core.Tensors;

namespace HandsOff.Core.Checkpoints.Torch;

/// <summary>A numpy array; its state is (version, shape, dtype, Fortran order, bytes).</summary>
internal sealed class NumpyArray : IPickleBuildable
{
    /// <summary>The array as a tensor; null when its element type has no like in torch.</summary>
    public CheckpointTensor? Tensor { get; private set; }

    public void Build(object? state)
    {
        if (state is not PickleTuple { Count: 5 } s || s[1] is not PickleTuple dims || !Array.TrueForAll(dims.Items, d => d is long)
            || s[2] is not NumpyType numpy || s[3] is not bool fortran)
            throw new PickleException("broken: an array is described in another way than numpy does");
        if (numpy.Type is not { } type) return;
        if (NumpyRebuild.Raw(s[4]) is not { } bytes) throw new PickleException("broken: an array without its bytes");

        long[] shape = Array.ConvertAll(dims.Items, d => (long)d!);
        long[] strides = new long[shape.Length];
        long step = 1;
        for (int i = 0; i < shape.Length; i++)
        {
            int d = fortran ? i : shape.Length - 1 - i;
            strides[d] = step;
            step = unchecked(step * shape[d]); // a product that overflows fails the view's own check
        }

        var storage = new TorchStorage(type, bytes.Length / ScalarTypes.SizeOf(type)) { Data = bytes };
        Tensor = new CheckpointTensor(storage, type, 0, shape, strides);
    }
}
