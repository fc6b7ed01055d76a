using HandsOff.Core.Tensors;
using HandsOff.Core.Tests.StyleGan2;
using HandsOff.Core.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Tests.Training;

public sealed class GanLossTests
{
    [Fact]
    public void The_losses_and_penalties_are_the_references()
    {
        using var scope = NewDisposeScope();
        using var networks = new ReferenceNetworks(SharedData.Reference("stylegan2_16.safetensors"));
        var (terms, _) = SafeTensors.Read(SharedData.Reference("training_terms_16.safetensors"));
        var real = terms["in.real"].clone().requires_grad_(true);
        var logits = networks.Discriminator.forward(real);
        ReferenceNetworks.AssertClose(terms["out.r1_penalty_per_image"], GanLosses.R1(logits, real), "R1");

        // The reference noise is divided by the root of the pixel count already.
        var ws = networks.Generator.Map(networks["in.z"]);
        var images = networks.Generator.Synthesize(ws);
        ReferenceNetworks.AssertClose(terms["out.path_lengths"], GanLosses.PathLengths(images, ws, terms["in.pl_noise"] * 16), "path lengths");
        foreach (var t in terms.Values) t.Dispose();
    }

    [Fact]
    public void The_losses_are_the_logistic_ones_of_a_hand_made_batch()
    {
        using var scope = NewDisposeScope();
        var logits = tensor(new[] { 0f, 2f }, [2, 1]);
        double zero = Math.Log(2), plus = Math.Log(1 + Math.Exp(2)), minus = Math.Log(1 + Math.Exp(-2));
        Assert.Equal((zero + minus) / 2, GanLosses.Generator(logits).item<float>(), 1e-6);
        Assert.Equal((zero + minus) / 2, GanLosses.DiscriminatorReal(logits).item<float>(), 1e-6);
        Assert.Equal((zero + plus) / 2, GanLosses.DiscriminatorFake(logits).item<float>(), 1e-6);
    }
}
