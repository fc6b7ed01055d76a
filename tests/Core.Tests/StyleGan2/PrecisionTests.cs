using HandsOff.Core.StyleGan2;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Tests.StyleGan2;

/// <summary>bfloat16 training: coarser numbers, the same direction.</summary>
public sealed class PrecisionTests
{
    [Fact]
    public void Bfloat16_gradients_of_both_losses_point_where_the_fp32_ones_do()
    {
        using var scope = NewDisposeScope();
        using var reference = new ReferenceNetworks(SharedData.Reference("stylegan2_16.safetensors"));
        var (g, d) = (reference.Generator, reference.Discriminator);
        var exact = Gradients(g, d, reference["in.z"], ScalarType.Float32);
        var coarse = Gradients(g, d, reference["in.z"], ScalarType.BFloat16);
        Assert.Equal(ScalarType.Float32, coarse.dtype);
        double cosine = nn.functional.cosine_similarity(exact.unsqueeze(0), coarse.unsqueeze(0), 1, 1e-12).item<float>();
        Assert.InRange(cosine, 0.995, 1 - 1e-9);
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
