using HandsOff.Core.StyleGan2;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Tests.StyleGan2;

/// <summary>bfloat16 training: coarser numbers, the same direction.</summary>
public sealed class PrecisionTests
{
    /// <summary>
    /// Each parameter's gradient by itself, in networks as they are trained, and in one whose channels fill no vector: libtorch's bfloat16 kernels for
    /// what is left of a vector, and for strided depthwise convolutions, are wrong on some processors.
    /// </summary>
    [Theory]
    [InlineData(64)]
    [InlineData(40)]
    public void Bfloat16_gradients_of_every_parameter_are_right(int channels)
    {
        using var scope = NewDisposeScope();
        using var random = new torch.Generator(5, CPU);
        var config = new StyleGan2Config { Width = 64, Height = 64, ZDim = 128, WDim = 128, MappingLayers = 4, ChannelBase = 32 * channels, ChannelMax = channels };
        using var g = new HandsOff.Core.StyleGan2.Generator(config, random);
        using var d = new Discriminator(config, random);
        var z = randn(8, config.ZDim, generator: random);
        string[] names = [.. g.named_parameters().Concat(d.named_parameters()).Select(p => p.name)];
        long[] sizes = [.. g.parameters().Concat(d.parameters()).Select(p => p.NumberOfElements)];
        var exact = Gradients(g, d, z, ScalarType.Float32).split(sizes);
        var coarse = Gradients(g, d, z, ScalarType.BFloat16).split(sizes);
        var wrong = new List<string>();
        Assert.Equal(ScalarType.Float32, coarse[0].dtype);
        for (int i = 0; i < names.Length; i++)
        {
            if (names[i].EndsWith("noise_strength", StringComparison.Ordinal)) continue; // one number, the sum of a whole layer that all but cancels
            double length = exact[i].norm().item<float>(), off = (coarse[i] - exact[i]).norm().item<float>();
            if (length > 1e-8 && !(off < 0.1 * length)) wrong.Add($"{names[i]}: {off / length:g3}");
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public void Images_and_logits_stay_fp32_in_bfloat16_mode()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var reference = new ReferenceNetworks(SharedData.Reference("stylegan2_16.safetensors"));
        reference.Generator.ComputeType = reference.Discriminator.ComputeType = ScalarType.BFloat16;
        var image = reference.Generator.Synthesize(reference.Generator.Map(reference["in.z"]));
        Assert.Equal(ScalarType.Float32, image.dtype);
        ReferenceNetworks.AssertClose(reference["out.image_psi1.0_const"], image, "bfloat16 image", tolerance: 0.03);
        Assert.Equal(ScalarType.Float32, reference.Discriminator.forward(image).dtype);
    }

    private static Tensor Gradients(HandsOff.Core.StyleGan2.Generator g, Discriminator d, Tensor z, ScalarType type)
    {
        g.ComputeType = d.ComputeType = type;
        foreach (var p in g.parameters().Concat(d.parameters())) p.grad?.zero_();
        nn.functional.softplus(-d.forward(g.Synthesize(g.Map(z)))).mean().backward();
        return cat([.. g.parameters().Concat(d.parameters()).Select(p => p.grad!.flatten())]).clone();
    }
}
