using HandsOff.Core.StyleGan2;
using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Evaluation;

/// <summary>
/// A perceptual distance that needs no outside weights: the LPIPS form on the block outputs of the GAN's own discriminator,
/// every layer and channel weighted alike. Its figures are not LPIPS and compare only among themselves.
/// </summary>
public sealed class DiscriminatorPerceptual : PerceptualLoss
{
    private readonly Discriminator _discriminator;

    /// <summary>Takes the discriminator over: it is frozen, and disposed with this.</summary>
    public DiscriminatorPerceptual(Discriminator discriminator)
    {
        _discriminator = discriminator;
        foreach (var p in discriminator.parameters()) p.requires_grad_(false);
    }

    /// <inheritdoc/>
    public override string Name => "discriminator";

    /// <inheritdoc/>
    public override List<Tensor> Embed(Tensor image)
    {
        using var scope = NewDisposeScope();
        var features = new List<Tensor>();
        _discriminator.forward(image, features);
        double share = 1 / Math.Sqrt(features.Count);
        return [.. features.Select(f => UnitLength(f).Times(share).MoveToOuterDisposeScope())];
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _discriminator.Dispose();
    }
}
