using HandsOff.Core.Evaluation;
using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Inversion;

/// <summary>How far reconstructions are from photographs: a perceptual distance and the mean squared error of RGB in [0,1].</summary>
internal static class ReconstructionLoss
{
    /// <summary>Perceptual distance and squared error of each image, both [B], in the caller's dispose scope.</summary>
    /// <param name="perceptual">The distance.</param>
    /// <param name="images">Reconstructions [B,3,H,W] in about [-1,1].</param>
    /// <param name="targets">Photographs [B,3,H,W] in [-1,1].</param>
    /// <param name="embedded">The photographs' embedding, where it was kept.</param>
    public static (Tensor Perceptual, Tensor SquaredError) Of(PerceptualLoss perceptual, Tensor images, Tensor targets, IReadOnlyList<Tensor>? embedded = null)
    {
        var distance = embedded is null ? perceptual.Distance(images, targets) : perceptual.Distance(images, embedded);
        return (distance, SquaredError(images, targets));
    }

    /// <summary>Mean squared error of each image, [B]; a quarter of that of [-1,1] values.</summary>
    public static Tensor SquaredError(Tensor images, Tensor targets) => (images - targets).Squared().mean([1, 2, 3]).Over(4);
}
