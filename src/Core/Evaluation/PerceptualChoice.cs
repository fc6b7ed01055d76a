using HandsOff.Core.StyleGan2;
using static TorchSharp.torch;

namespace HandsOff.Core.Evaluation;

/// <summary>Opens the perceptual distance that a user names.</summary>
public static class PerceptualChoice
{
    /// <summary>The names: <c>squeeze</c>, <c>alex</c>, <c>vgg</c>, <c>discriminator</c>.</summary>
    public static readonly IReadOnlyList<string> Names = ["squeeze", "alex", "vgg", "discriminator"];

    /// <summary>Opens it; the caller disposes it.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="weights">LPIPS weights file or folder; null for the installed ones.</param>
    /// <param name="discriminator">The discriminator's file, needed by <c>discriminator</c>.</param>
    /// <param name="device">Where it computes; null is the CPU.</param>
    /// <exception cref="HandsOffException">An unknown name, missing weights, or no discriminator.</exception>
    public static PerceptualLoss Open(string name, string? weights = null, string? discriminator = null, Device? device = null)
    {
        switch (name)
        {
            case "squeeze": return Lpips.Load(LpipsWeights.Locate(LpipsNet.Squeeze, weights), LpipsNet.Squeeze, device);
            case "alex": return Lpips.Load(LpipsWeights.Locate(LpipsNet.Alex, weights), LpipsNet.Alex, device);
            case "vgg": return Lpips.Load(LpipsWeights.Locate(LpipsNet.Vgg, weights), LpipsNet.Vgg, device);
            case "discriminator":
                if (discriminator is null) throw HandsOffException.Usage("--perceptual discriminator: needs --discriminator FILE");
                return new DiscriminatorPerceptual(Discriminator.Load(discriminator, device));
            default: throw HandsOffException.Usage($"--perceptual {name}: unknown; one of {string.Join(", ", Names)} would be right");
        }
    }
}
