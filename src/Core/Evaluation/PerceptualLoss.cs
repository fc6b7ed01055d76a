using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Evaluation;

/// <summary>
/// A perceptual distance of the LPIPS form (Zhang et al. 2018): the sum over feature maps of the spatial mean of the squared
/// difference of embedded features. The targets' embedding can be kept, which halves the cost of optimising towards them.
/// </summary>
public abstract class PerceptualLoss : IDisposable
{
    /// <summary>What reports call the distance: <c>lpips-squeeze</c>, <c>discriminator</c>, ...</summary>
    public abstract string Name { get; }

    /// <summary>
    /// Maps [B,C_l,h_l,w_l], one a layer, in which squared Euclidean distance is the perceptual one. Images are [B,3,H,W] in
    /// [-1,1]. The caller's scope disposes them.
    /// </summary>
    public abstract List<Tensor> Embed(Tensor image);

    /// <summary>Distance of each image pair: [B]. Differentiable with respect to both. The caller disposes it.</summary>
    public Tensor Distance(Tensor a, Tensor b)
    {
        using var scope = NewDisposeScope();
        return Distance(Embed(a), Embed(b)).MoveToOuterDisposeScope();
    }

    /// <summary>Distance of each image to embedded targets: [B]. The caller disposes it.</summary>
    public Tensor Distance(Tensor a, IReadOnlyList<Tensor> targets)
    {
        using var scope = NewDisposeScope();
        return Distance(Embed(a), targets).MoveToOuterDisposeScope();
    }

    /// <summary>Distance of each image pair, layer by layer: one [B] a layer. The caller's scope disposes them.</summary>
    public static List<Tensor> PerLayer(IReadOnlyList<Tensor> a, IReadOnlyList<Tensor> b) =>
        [.. a.Zip(b, (x, y) => (x - y).Squared().sum(1).mean([1, 2]))];

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Dispose(bool disposing);

    /// <summary>
    /// Divides each position's channel vector by its length. The tiny constant under the root keeps the gradient finite where
    /// all channels are zero; it is too small to be seen beside the 1e-10 that LPIPS adds to the length.
    /// </summary>
    protected static Tensor UnitLength(Tensor features) => features / features.Squared().sum(1, keepdim: true).Plus(1e-20).sqrt().Plus(1e-10);

    private static Tensor Distance(IReadOnlyList<Tensor> a, IReadOnlyList<Tensor> b) => PerLayer(a, b).Aggregate((x, y) => x.Plus(y));
}
