using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Evaluation;

/// <summary>
/// Scores a generator by the Fréchet distance to held-out real images, beside the floor: the distance between those and
/// other real images, which even a perfect generator would not beat by much. Both depend on the number of images; compare
/// figures of equal counts only.
/// </summary>
public sealed class FrechetScore
{
    private readonly SqueezeNetFeatures _features;

    private FrechetScore(SqueezeNetFeatures features, FeatureStatistics heldOut, double floor) => (_features, HeldOut, Floor) = (features, heldOut, floor);

    /// <summary>Statistics of the held-out real images.</summary>
    public FeatureStatistics HeldOut { get; }

    /// <summary>Distance between the held-out and the other real images.</summary>
    public double Floor { get; }

    /// <summary>Measures the real images once. Batches are [B,3,H,W] in [-1,1] and are disposed. The features stay the caller's to dispose.</summary>
    public static FrechetScore Create(SqueezeNetFeatures features, IEnumerable<Tensor> heldOut, IEnumerable<Tensor> otherReal)
    {
        var held = FeatureStatistics.Of(heldOut, features);
        return new FrechetScore(features, held, FrechetDistance.Between(held, FeatureStatistics.Of(otherReal, features)));
    }

    /// <summary>
    /// The generator's distance over <paramref name="count"/> images. <paramref name="generateBatch"/> gives n images [n,3,H,W]
    /// in about [-1,1]; they are disposed here.
    /// </summary>
    public double Evaluate(Func<int, Tensor> generateBatch, int count, int batch = 32, CancellationToken cancel = default) =>
        FrechetDistance.Between(HeldOut, FeatureStatistics.Of(Batches(generateBatch, count, batch, cancel), _features));

    private static IEnumerable<Tensor> Batches(Func<int, Tensor> generateBatch, int count, int batch, CancellationToken cancel)
    {
        for (int done = 0; done < count; done += batch)
        {
            cancel.ThrowIfCancellationRequested();
            yield return generateBatch(Math.Min(batch, count - done));
        }
    }
}
