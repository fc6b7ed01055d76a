using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Evaluation;

/// <summary>Mean and covariance of a set of feature vectors, in double: what the Fréchet distance compares.</summary>
public sealed class FeatureStatistics
{
    /// <param name="count">Number of vectors.</param>
    /// <param name="mean">Mean, one value a feature.</param>
    /// <param name="covariance">Unbiased covariance, row-major, features x features.</param>
    public FeatureStatistics(long count, double[] mean, double[] covariance)
    {
        if (covariance.Length != mean.Length * mean.Length)
            throw new ArgumentException($"covariance has {covariance.Length} values, {mean.Length}x{mean.Length} would be right", nameof(covariance));
        (Count, Mean, Covariance) = (count, mean, covariance);
    }

    /// <summary>Number of vectors.</summary>
    public long Count { get; }

    /// <summary>Mean, one value a feature.</summary>
    public double[] Mean { get; }

    /// <summary>Unbiased covariance, row-major, features x features.</summary>
    public double[] Covariance { get; }

    /// <summary>Statistics of images [B,3,H,W] in [-1,1], batch by batch. Disposes each batch it is given.</summary>
    /// <exception cref="HandsOffException">Fewer than two images.</exception>
    public static FeatureStatistics Of(IEnumerable<Tensor> batches, SqueezeNetFeatures net) => OfVectors(Vectors(batches, net));

    /// <summary>Statistics of feature vectors [B,D], batch by batch. Disposes each batch it is given.</summary>
    /// <exception cref="HandsOffException">Fewer than two vectors.</exception>
    public static FeatureStatistics OfVectors(IEnumerable<Tensor> batches)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Tensor? sum = null, squares = null, origin = null;
        long count = 0;
        foreach (var batch in batches)
        {
            using var inner = NewDisposeScope();
            var x = batch.cpu().to(ScalarType.Float64);
            batch.Dispose();
            // Sums are taken about the first batch's mean, so that the difference below loses no digits.
            origin ??= x.mean([0], keepdim: true).MoveToOuterDisposeScope();
            x = x - origin;
            var (s, q) = (x.sum([0], false), x.t().mm(x));
            sum = Add(sum, s);
            squares = Add(squares, q);
            count += x.shape[0];
        }

        if (count < 2) throw new HandsOffException($"feature statistics of {count} images: at least 2 are needed");
        var mean = sum!.Over(count);
        var covariance = (squares! - mean.unsqueeze(1).mm(mean.unsqueeze(0)).Times(count)).Over(count - 1);
        return new FeatureStatistics(count, mean.Plus(origin!.squeeze(0)).data<double>().ToArray(), covariance.contiguous().data<double>().ToArray());
    }

    private static Tensor Add(Tensor? total, Tensor part)
    {
        if (total is null) return part.MoveToOuterDisposeScope();
        total.add_(part, Scalars.One);
        return total;
    }

    private static IEnumerable<Tensor> Vectors(IEnumerable<Tensor> batches, SqueezeNetFeatures net)
    {
        foreach (var batch in batches)
        {
            var vectors = net.Of(batch);
            batch.Dispose();
            yield return vectors;
        }
    }
}
