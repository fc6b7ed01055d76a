using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace HandsOff.Core.Tensors;

/// <summary>
/// Convolutions whose channels fill whole vectors. oneDNN 3.7.1, which libtorch 2.10 computes them with on a CPU, packs weights in blocks of 16 channels;
/// where a kernel is larger than 1x1 and the last block is not full, its packing zeroes part of the weights and leaves other parts uninitialised on
/// processors for which it chooses that path (seen on Zen 5): silently wrong images and gradients, now and then NaN. Zero channels in front of it cost
/// little, because they are computed in any case, and change nothing else: they meet zero weights. <c>WholeConvTests</c> compares with float64.
/// </summary>
internal static class WholeConv
{
    /// <summary>Channels of a block.</summary>
    private const long Block = 16;

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
        weight.device_type != TorchSharp.DeviceType.CPU || (weight.shape[2] == 1 && weight.shape[3] == 1) || (weight.shape[0] % Block == 0 && weight.shape[1] % Block == 0);

    private static Tensor Widened(Tensor x, long channels) => Missing(channels) == 0 ? x : functional.pad(x, [0, 0, 0, 0, 0, Missing(channels)]);

    private static long Missing(long channels) => (Block - (channels % Block)) % Block;
}
