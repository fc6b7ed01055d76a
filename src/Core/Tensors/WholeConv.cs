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

    /// <summary>Whether so many channels need none beside them: one block, or pairs of blocks.</summary>
    public static bool IsWhole(long channels) => Missing(channels) == 0;

    /// <summary>x [B, inputs, h, w], weight [outputs, inputs, k, k], as <c>conv2d</c> without groups. In the caller's dispose scope.</summary>
    public static Tensor Apply(Tensor x, Tensor weight, Tensor? bias = null, long stride = 1, long padding = 0, long dilation = 1)
    {
        long outputs = weight.shape[0], inputs = weight.shape[1];
        if (IsWhole(weight)) return functional.conv2d(x, weight, bias, strides: [stride, stride], padding: [padding, padding], dilation: [dilation, dilation]);
        using var scope = NewDisposeScope();
        var whole = functional.pad(weight, [0, 0, 0, 0, 0, Missing(inputs), 0, Missing(outputs)]);
        var wide = bias is null ? null : functional.pad(bias, [0, Missing(outputs)]);
        var y = functional.conv2d(Widened(x, inputs), whole, wide, strides: [stride, stride], padding: [padding, padding], dilation: [dilation, dilation]);
        return y.narrow(1, 0, outputs).MoveToOuterDisposeScope();
    }

    /// <summary>As the layer's own forward.</summary>
    public static Tensor Run(this Conv2d layer, Tensor x) => Apply(x, layer.weight, layer.bias, layer.stride![0], layer.padding![0], layer.dilation![0]);

    /// <summary>x [B, inputs, h, w], weight [inputs, outputs, k, k], as <c>conv_transpose2d</c> without groups. In the caller's dispose scope.</summary>
    public static Tensor Transposed(Tensor x, Tensor weight, long stride)
    {
        long inputs = weight.shape[0], outputs = weight.shape[1];
        if (IsWhole(weight)) return functional.conv_transpose2d(x, weight, strides: [stride, stride]);
        using var scope = NewDisposeScope();
        var whole = functional.pad(weight, [0, 0, 0, 0, 0, Missing(outputs), 0, Missing(inputs)]);
        return functional.conv_transpose2d(Widened(x, inputs), whole, strides: [stride, stride]).narrow(1, 0, outputs).MoveToOuterDisposeScope();
    }

    private static bool IsWhole(Tensor weight) =>
        weight.device_type != TorchSharp.DeviceType.CPU || (weight.shape[2] == 1 && weight.shape[3] == 1) || (IsWhole(weight.shape[0]) && IsWhole(weight.shape[1]));

    private static Tensor Widened(Tensor x, long channels) => Missing(channels) == 0 ? x : functional.pad(x, [0, 0, 0, 0, 0, Missing(channels)]);

    private static long Missing(long channels) => channels <= Block ? Block - channels : (Pair - (channels % Pair)) % Pair;
}
