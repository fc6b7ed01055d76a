using HandsOff.Core.StyleGan2;
using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;
using Generator = HandsOff.Core.StyleGan2.Generator;

namespace HandsOff.Core.Inversion;

/// <summary>A generator's latent space: the spread of its w, and w+ drawn from it to train an encoder on.</summary>
internal static class LatentSpace
{
    /// <summary>
    /// The standard deviation of w about its mean, over 4,096 latents and all dimensions: the unit in which this project
    /// measures steps in w+, so that learning rates and weights mean the same for every generator.
    /// </summary>
    public static double Deviation(Generator generator)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var random = new torch.Generator(0x57AA, CPU);
        var w = generator.Map(randn([4096, generator.Config.ZDim], generator: random).to(generator.WAverage.device))[.., 0];
        return Math.Max(1e-6, (w - w.mean([0], keepdim: true)).Squared().mean().sqrt().item<float>());
    }

    /// <summary>
    /// Latents [count,NumWs,WDim]: truncated by a psi drawn uniformly from [0.5, 1] each; half of them mixed, the layers from a
    /// random one on coming from another latent, so that w+ beyond w is covered. No gradient. The caller disposes them.
    /// </summary>
    public static Tensor Sample(Generator generator, int count, torch.Generator random)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var device = generator.WAverage.device;
        int layers = generator.Config.NumWs;
        var first = generator.Map(randn([count, generator.Config.ZDim], generator: random).to(device));
        var second = generator.Map(randn([count, generator.Config.ZDim], generator: random).to(device));
        // A cut at NumWs or beyond leaves a latent unmixed: half of the draws do.
        var cut = randint(1, (2 * layers) - 1, [count, 1, 1], generator: random).to(device);
        var layer = arange(Scalars.Of(0), Scalars.Of(layers), Scalars.One, device: device).view(1, layers, 1);
        var ws = where(layer < cut, first, second);
        var psi = rand([count, 1, 1], generator: random).to(device).Times(0.5).Plus(0.5);
        return generator.WAverage.Plus((ws - generator.WAverage) * psi).MoveToOuterDisposeScope();
    }
}
