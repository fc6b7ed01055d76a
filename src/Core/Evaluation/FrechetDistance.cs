using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Evaluation;

/// <summary>
/// Fréchet distance between two Gaussians (Dowson and Landau 1982; used for images by Heusel et al. 2017):
/// |m1 - m2|^2 + tr(A) + tr(B) - 2 tr((A^1/2 B A^1/2)^1/2).
/// </summary>
public static class FrechetDistance
{
    /// <summary>The distance between two feature distributions: 0 when mean and covariance agree, never negative.</summary>
    public static double Between(FeatureStatistics a, FeatureStatistics b)
    {
        if (a.Mean.Length != b.Mean.Length)
            throw new ArgumentException($"statistics of {a.Mean.Length} and {b.Mean.Length} features cannot be compared", nameof(b));
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var (covA, covB) = (Matrix(a), Matrix(b));
        var difference = tensor(a.Mean) - tensor(b.Mean);
        var (values, vectors) = linalg.eigh(covA);
        // Symmetric square root; eigenvalues that rounding made negative count as zero.
        var root = (vectors * values.clamp(min: Scalars.Of(0)).sqrt().unsqueeze(0)).mm(vectors.t());
        var middle = root.mm(covB).mm(root);
        var cross = linalg.eigvalsh(middle.Plus(middle.t()).Over(2)).clamp(min: Scalars.Of(0)).sqrt().sum();
        var distance = difference.Squared().sum().Plus(covA.trace()).Plus(covB.trace()) - cross.Times(2);
        return Math.Max(0, distance.item<double>());
    }

    private static Tensor Matrix(FeatureStatistics s) => tensor(s.Covariance).view(s.Mean.Length, s.Mean.Length);
}
