using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace HandsOff.Core.Tests.StyleGan2;

/// <summary>The terms that need second derivatives, against reference vectors.</summary>
public sealed class TrainingTermsParityTests
{
    [Fact]
    public void Gradient_penalty_path_lengths_and_losses_of_16_px_networks_equal_the_reference() =>
        Check(SharedData.Reference("stylegan2_16.safetensors"), SharedData.Reference("training_terms_16.safetensors"));

    [Fact]
    public void Gradient_penalty_path_lengths_and_losses_of_32_px_networks_equal_the_reference() =>
        Check(SharedData.Require("reference", "stylegan2_32.safetensors"), SharedData.Require("reference", "training_terms_32.safetensors"));

    private static void Check(string networks, string path)
    {
        using var scope = NewDisposeScope();
        using var reference = new ReferenceNetworks(networks);
        var (terms, _) = SafeTensors.Read(path);
        var (g, d) = (reference.Generator, reference.Discriminator);
        using var twice = WholeConv.ForSecondDerivatives();

        var real = terms["in.real"].requires_grad_();
        var logits = d.forward(real);
        ReferenceNetworks.AssertClose(terms["out.real_logits"], logits, "logits of real images");
        var slope = autograd.grad([logits.sum()], [real], retain_graph: true, create_graph: true)[0];
        var penalty = slope.square().sum([1, 2, 3]);
        ReferenceNetworks.AssertClose(terms["out.r1_penalty_per_image"], penalty, "R1 penalty");
        (penalty * 0.5f).mean().backward();
        var parameters = d.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        int gradients = 0;
        foreach (var (name, expected) in terms.Where(t => t.Key.StartsWith("out.r1_grad.", StringComparison.Ordinal)))
        {
            ReferenceNetworks.AssertClose(expected, parameters[name["out.r1_grad.".Length..]].grad!, name);
            gradients++;
        }

        Assert.Equal(3, gradients);

        var ws = g.Map(reference["in.z"]);
        var image = g.Synthesize(ws);
        var pull = autograd.grad([(image * terms["in.pl_noise"]).sum()], [ws], retain_graph: true, create_graph: true)[0];
        var lengths = pull.square().sum([2]).mean([1]).sqrt();
        ReferenceNetworks.AssertClose(terms["out.path_lengths"], lengths, "path lengths");
        lengths.mean().backward();
        Assert.All(
            g.named_parameters().Where(p => p.name.EndsWith("conv1.weight", StringComparison.Ordinal)),
            p => Assert.True(p.parameter.grad is { } grad && grad.isfinite().all().item<bool>() && grad.abs().max().item<float>() > 0, p.name));

        using var noGrad = no_grad();
        var fake = d.forward(image.detach());
        ReferenceNetworks.AssertClose(terms["out.g_loss_softplus"], softplus(-fake).mean().reshape(1), "generator loss");
        ReferenceNetworks.AssertClose(terms["out.d_loss_fake"], softplus(fake).mean().reshape(1), "discriminator loss");
        foreach (var tensor in terms.Values) tensor.Dispose();
    }
}
