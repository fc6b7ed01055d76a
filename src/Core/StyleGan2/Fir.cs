using HandsOff.Core.Tensors;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace HandsOff.Core.StyleGan2;

/// <summary>
/// The resampling filter of StyleGAN2: the separable binomial [1, 3, 3, 1], used with zero padding wherever a map changes
/// its size (Karras et al. 2020, "Analyzing and improving the image quality of StyleGAN").
/// </summary>
internal static class Fir
{
    /// <summary>
    /// The buffer a module keeps its filter in: fixed, so no part of the saved state. (TorchSharp's non-persistent buffers
    /// would say so themselves, but are neither moved to another device nor disposed with their module.)
    /// </summary>
    public const string BufferName = "fir";

    /// <summary>The 4x4 filter of sum <paramref name="gain"/>, once a channel: [channels, 1, 4, 4], for a depthwise convolution.</summary>
    public static Tensor Depthwise(int channels, double gain)
    {
        using var scope = NewDisposeScope();
        var line = tensor(new float[] { 1, 3, 3, 1 });
        return outer(line, line).Times((float)(gain / 64)).expand(channels, 1, 4, 4).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Filters each channel, after <paramref name="pad"/> zeros on every side, keeping every <paramref name="stride"/>th value; with a stride in fp32 whatever
    /// x is, because libtorch 2.10's bfloat16 gradient of a strided depthwise convolution is wrong on at least one processor (Zen 5).
    /// </summary>
    public static Tensor Apply(Tensor x, Tensor depthwise, int pad, int stride = 1) => stride == 1
        ? functional.conv2d(x, depthwise.to(x.dtype), padding: [pad, pad], groups: depthwise.shape[0])
        : functional.conv2d(x.to(ScalarType.Float32), depthwise, strides: [stride, stride], padding: [pad, pad], groups: depthwise.shape[0]).to(x.dtype);

    /// <summary>
    /// Twice the size: zeros between the values, then the filter (of gain 4). A depthwise transposed convolution does both;
    /// inside, it is bilinear interpolation, but libtorch's own is many times slower here and changes bits with the threads.
    /// </summary>
    public static Tensor Upsample(Tensor x, Tensor depthwise) =>
        functional.conv_transpose2d(x, depthwise, strides: [2, 2], padding: [1, 1], groups: depthwise.shape[0]);
}
