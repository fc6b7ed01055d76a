using HandsOff.Core.StyleGan2;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace HandsOff.Bench.Generators;

/// <summary>
/// The baseline: StyleGAN2 as published code evaluates it, each sample convolved with its own modulated and demodulated
/// weights by one convolution with a group a sample. The weights are those of the source network, unscaled copies apart.
/// </summary>
internal sealed class GroupedGenerator(HandsOff.Core.StyleGan2.Generator source)
{
    private readonly Dictionary<StyledConv, Tensor> filters = source.Synthesis.Convs
        .Where(c => c.Up).ToDictionary(c => c, c => Filter((int)c.Bias.shape[0]));

    private readonly Tensor rgbFilter = Filter(3);

    public Tensor Map(Tensor z, float psi) => source.Map(z, psi);

    public Tensor Synthesize(Tensor ws)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var blocks = source.Synthesis.Blocks;
        var x = blocks[0].Const.unsqueeze(0).repeat(ws.shape[0], 1, 1, 1);
        Tensor? rgb = null;
        int latent = 0;
        foreach (var block in blocks)
        {
            if (block.Conv0 is { } conv0) x = Styled(conv0, x, ws[.., latent++]);
            x = Styled(block.Conv1, x, ws[.., latent++]);
            var part = Rgb(block.Rgb, x, ws[.., latent]);
            rgb = rgb is null ? part : functional.conv_transpose2d(rgb, rgbFilter, strides: [2, 2], padding: [1, 1], groups: 3).add_(part);
        }

        return rgb!.MoveToOuterDisposeScope();
    }

    private Tensor Styled(StyledConv layer, Tensor x, Tensor w)
    {
        using var scope = NewDisposeScope();
        long b = x.shape[0], h = x.shape[2], width = x.shape[3];
        var weights = layer.Weight.unsqueeze(0) * layer.Affine.forward(w).reshape(b, 1, -1, 1, 1);
        weights = weights * (weights.square().sum([2, 3, 4], keepdim: true) + 1e-8f).rsqrt();
        var joined = x.reshape(1, -1, h, width);
        Tensor y;
        if (layer.Up)
        {
            y = functional.conv_transpose2d(joined, weights.transpose(1, 2).reshape(-1, weights.shape[1], 3, 3), strides: [2, 2], groups: b);
            y = y.reshape(b, -1, 2 * h + 1, 2 * width + 1);
            y = functional.conv2d(y, filters[layer], padding: [1, 1], groups: y.shape[1]);
        }
        else
        {
            y = functional.conv2d(joined, weights.reshape(-1, weights.shape[2], 3, 3), padding: [1, 1], groups: b).reshape(b, -1, h, width);
        }

        y = y.add_(layer.NoiseConst * layer.NoiseStrength).add_(layer.Bias.reshape(1, -1, 1, 1));
        return y.leaky_relu_(0.2f).mul_(MathF.Sqrt(2)).MoveToOuterDisposeScope();
    }

    private static Tensor Rgb(ToRgb layer, Tensor x, Tensor w)
    {
        using var scope = NewDisposeScope();
        long b = x.shape[0];
        var weights = layer.Weight.unsqueeze(0) * (layer.Affine.forward(w) * layer.WeightGain).reshape(b, 1, -1, 1, 1);
        var y = functional.conv2d(x.reshape(1, -1, x.shape[2], x.shape[3]), weights.reshape(-1, weights.shape[2], 1, 1), groups: b);
        return y.reshape(b, 3, x.shape[2], x.shape[3]).add_(layer.Bias.reshape(1, 3, 1, 1)).MoveToOuterDisposeScope();
    }

    private static Tensor Filter(int channels)
    {
        using var scope = NewDisposeScope();
        var line = tensor(new float[] { 1, 3, 3, 1 }) / 4;
        return outer(line, line).expand(channels, 1, 4, 4).contiguous().DetachFromDisposeScope();
    }
}
