using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace HandsOff.Core.Tensors;

/// <summary>
/// Convolutions whose channels fill whole blocks. oneDNN 3.7.1, by which libtorch 2.10 computes them on a CPU, packs weights in blocks of 16 channels, and
/// with a stride takes two blocks at a time; where a kernel is larger than 1x1 and the last block or pair is not full, it leaves parts of the result
/// uninitialised or without some of the kernel's weights on processors for which it chooses that path (seen on Zen 5): silently wrong images
/// and gradients, now and then NaN. Channels of zeros cost little beside it and change nothing. <c>WholeConvTests</c> compares with float64.
/// </summary>
internal static class WholeConv
{
    private const long Block = 16, Pair = 2 * Block;

    private static readonly Lazy<bool> s_faulty = new(IsFaulty);

    [ThreadStatic]
    private static int t_twice;

    /// <summary>Whether so many channels need none beside them: one block, or pairs of blocks.</summary>
    public static bool IsWhole(long channels) => Missing(channels) == 0;

    /// <summary>
    /// Until it is disposed, convolutions of this thread may be differentiated twice. The second derivative by the weights is itself a convolution, with the
    /// batch for channels: where the processor has the fault, batches are filled to whole blocks too, which costs as much as their images would.
    /// </summary>
    public static IDisposable ForSecondDerivatives()
    {
        t_twice++;
        return new Scope();
    }

    /// <summary>x [B, inputs, h, w], weight [outputs, inputs, k, k], as <c>conv2d</c> without groups. In the caller's dispose scope.</summary>
    public static Tensor Apply(Tensor x, Tensor weight, Tensor? bias = null, long stride = 1, long padding = 0, long dilation = 1)
    {
        long batch = x.shape[0], outputs = weight.shape[0], inputs = weight.shape[1], more = MissingBatch(x);
        Tensor Of(Tensor image, Tensor kernel, Tensor? shift) => functional.conv2d(image, kernel, shift, strides: [stride, stride], padding: [padding, padding], dilation: [dilation, dilation]);
        if (IsWhole(weight) && more == 0) return Of(x, weight, bias);
        using var scope = NewDisposeScope();
        if (IsWhole(weight)) return Of(Widened(x, 0, more), weight, bias).narrow(0, 0, batch).MoveToOuterDisposeScope();
        var whole = functional.pad(weight, [0, 0, 0, 0, 0, Missing(inputs), 0, Missing(outputs)]);
        var wide = bias is null ? null : functional.pad(bias, [0, Missing(outputs)]);
        return Of(Widened(x, Missing(inputs), more), whole, wide).narrow(1, 0, outputs).narrow(0, 0, batch).MoveToOuterDisposeScope();
    }

    /// <summary>As the layer's own forward, in the type of x.</summary>
    public static Tensor Run(this Conv2d layer, Tensor x) => Apply(x, layer.weight!.to(x.dtype), layer.bias?.to(x.dtype), layer.stride![0], layer.padding![0], layer.dilation![0]);

    /// <summary>x [B, inputs, h, w], weight [inputs, outputs, k, k], as <c>conv_transpose2d</c> without groups. In the caller's dispose scope.</summary>
    public static Tensor Transposed(Tensor x, Tensor weight, long stride)
    {
        long batch = x.shape[0], inputs = weight.shape[0], outputs = weight.shape[1], more = MissingBatch(x);
        if (IsWhole(weight) && more == 0) return functional.conv_transpose2d(x, weight, strides: [stride, stride]);
        using var scope = NewDisposeScope();
        var whole = IsWhole(weight) ? weight : functional.pad(weight, [0, 0, 0, 0, 0, Missing(outputs), 0, Missing(inputs)]);
        var wide = Widened(x, whole.shape[0] - inputs, more);
        return functional.conv_transpose2d(wide, whole, strides: [stride, stride]).narrow(1, 0, outputs).narrow(0, 0, batch).MoveToOuterDisposeScope();
    }

    private static bool IsWhole(Tensor weight) =>
        weight.device_type != TorchSharp.DeviceType.CPU || (weight.shape[2] == 1 && weight.shape[3] == 1) || (IsWhole(weight.shape[0]) && IsWhole(weight.shape[1]));

    private static Tensor Widened(Tensor x, long channels, long batch) => channels + batch == 0 ? x : functional.pad(x, [0, 0, 0, 0, 0, channels, 0, batch]);

    private static long Missing(long channels) => channels <= Block ? Block - channels : (Pair - (channels % Pair)) % Pair;

    private static long MissingBatch(Tensor x) => t_twice == 0 || x.device_type != TorchSharp.DeviceType.CPU || !s_faulty.Value ? 0 : Missing(x.shape[0]);

    /// <summary>A kernel of ones over ones, in 24 channels: 216 in the middle, and 184 where the packing drops four taps of the last eight channels.</summary>
    private static bool IsFaulty()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var sum = functional.conv2d(ones(4, 24, 8, 8), ones(24, 24, 3, 3), padding: [1, 1]);
        return !(sum.amax([0L, 1L, 2L, 3L]).item<float>() == 216 && sum[0, 0, 3, 3].item<float>() == 216);
    }

    private sealed class Scope : IDisposable
    {
        public void Dispose() => t_twice--;
    }
}
