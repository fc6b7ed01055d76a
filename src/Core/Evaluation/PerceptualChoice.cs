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
        string file = FileOf(name, weights, discriminator);
        return NetOf(name) is { } net ? Lpips.Load(file, net, device) : new DiscriminatorPerceptual(Discriminator.Load(file, device));
    }

    /// <summary>The file of its weights, as <see cref="Open"/> finds it.</summary>
    /// <exception cref="HandsOffException">An unknown name, missing weights, or no discriminator.</exception>
    public static string FileOf(string name, string? weights = null, string? discriminator = null)
    {
        if (!Names.Contains(name)) throw HandsOffException.Usage($"--perceptual {name}: unknown; one of {string.Join(", ", Names)} would be right");
        return NetOf(name) is { } net ? LpipsWeights.Locate(net, weights) : discriminator ?? throw HandsOffException.Usage("--perceptual discriminator: needs --discriminator FILE");
    }

    private static LpipsNet? NetOf(string name) => name switch { "squeeze" => LpipsNet.Squeeze, "alex" => LpipsNet.Alex, "vgg" => LpipsNet.Vgg, _ => null };
}
