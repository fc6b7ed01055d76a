using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace HandsOff.Core.StyleGan2;

/// <summary>
/// The resampling filter of StyleGAN2: the separable binomial [1, 3, 3, 1], used with zero padding wherever a map changes
/// its size (Karras et al. 2020, "Analyzing and improving the image quality of StyleGAN").
/// </summary>
internal static class Fir
{
    /// <summary>The 4x4 filter of sum <paramref name="gain"/>, once a channel: [channels, 1, 4, 4], for a depthwise convolution.</summary>
    public static Tensor Depthwise(int channels, double gain)
    {
        using var scope = NewDisposeScope();
        var line = tensor(new float[] { 1, 3, 3, 1 });
        return (outer(line, line) * (float)(gain / 64)).expand(channels, 1, 4, 4).contiguous().DetachFromDisposeScope();
    }

    /// <summary>Filters each channel, after <paramref name="pad"/> zeros on every side, keeping every <paramref name="stride"/>th value.</summary>
    public static Tensor Apply(Tensor x, Tensor depthwise, int pad, int stride = 1) =>
        functional.conv2d(x, depthwise.to(x.dtype), strides: [stride, stride], padding: [pad, pad], groups: depthwise.shape[0]);

    /// <summary>
    /// Twice the size: zeros between the values, then the filter at gain 4. Between values that is bilinear interpolation,
    /// which is far cheaper; the rim differs (zeros, not repeated values), so one ring of zeros is laid around and cut off again.
    /// </summary>
    public static Tensor Upsample(Tensor x)
    {
        long h = x.shape[2], w = x.shape[3];
        var padded = functional.pad(x, (1, 1, 1, 1));
        var twice = functional.interpolate(padded, scale_factor: [2, 2], mode: InterpolationMode.Bilinear, align_corners: false);
        return twice.narrow(2, 2, 2 * h).narrow(3, 2, 2 * w);
    }
}
