using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Training;

/// <summary>The terms of StyleGAN2's training (Karras et al. 2020; Goodfellow et al. 2014; Mescheder et al. 2018). The caller disposes results.</summary>
public static class GanLosses
{
    /// <summary>Generator, non-saturating: mean softplus(-D(fake)); logits [B,1], scalar back.</summary>
    public static Tensor Generator(Tensor fakeLogits) => (-fakeLogits).Softplus().mean();

    /// <summary>Discriminator's part from generated images: mean softplus(D(fake)).</summary>
    public static Tensor DiscriminatorFake(Tensor fakeLogits) => fakeLogits.Softplus().mean();

    /// <summary>Discriminator's part from real images: mean softplus(-D(real)).</summary>
    public static Tensor DiscriminatorReal(Tensor realLogits) => (-realLogits).Softplus().mean();

    /// <summary>R1 penalty: the squared norm of d(sum of logits)/d(images), [B]; differentiable. The images must require gradients.</summary>
    public static Tensor R1(Tensor realLogits, Tensor images)
    {
        using var scope = NewDisposeScope();
        var gradient = autograd.grad([realLogits.sum()], [images], retain_graph: true, create_graph: true)[0];
        return gradient.Squared().sum([1, 2, 3]).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Path lengths [B]: root of the mean over layers of the squared norm of d(sum(image * noise / sqrt(H W)))/d(w); differentiable.
    /// </summary>
    /// <param name="images">[B,3,H,W] computed from <paramref name="ws"/>.</param>
    /// <param name="ws">[B,NumWs,WDim], requiring gradients.</param>
    /// <param name="noise">Standard normal, shaped like the images.</param>
    public static Tensor PathLengths(Tensor images, Tensor ws, Tensor noise)
    {
        using var scope = NewDisposeScope();
        var sum = (images * noise.Over(Math.Sqrt((double)images.shape[2] * images.shape[3]))).sum();
        var gradient = autograd.grad([sum], [ws], retain_graph: true, create_graph: true)[0];
        return gradient.Squared().sum(2).mean([1]).sqrt().MoveToOuterDisposeScope();
    }
}
