using HandsOff.Core.Evaluation;
using HandsOff.Core.StyleGan2;
using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Training;

/// <summary>Fréchet distance on SqueezeNet features between generated and held-out real images, psi 1, beside the real-to-real floor.</summary>
public sealed class FrechetGanMetric : IGanMetric, IDisposable
{
    private const int Batch = 32;
    private readonly SqueezeNetFeatures _features;
    private readonly FrechetScore _score;
    private readonly int _count;
    private readonly Device _device;

    private FrechetGanMetric(SqueezeNetFeatures features, FrechetScore score, int count, Device device) => (_features, _score, _count, _device) = (features, score, count, device);

    public string Name => "fd";

    public double Floor => _score.Floor;

    /// <summary>Measures the real images once. The caller disposes the metric.</summary>
    /// <param name="weights">The squeeze net's LPIPS weights.</param>
    /// <param name="heldOut">Real images that training never sees.</param>
    /// <param name="training">Training images, for the floor.</param>
    /// <param name="count">At most so many of each, and generated ones likewise.</param>
    /// <param name="device">Where to compute.</param>
    /// <exception cref="HandsOffException">Fewer than two images to compare, or unreadable weights.</exception>
    public static FrechetGanMetric Create(string weights, ImageFolder heldOut, ImageFolder training, int count, Device device)
    {
        count = Math.Min(count, Math.Min(heldOut.Count, training.Count));
        if (count < 2) throw HandsOffException.Usage($"the Fréchet distance needs at least 2 held-out and 2 training images, not {count}");
        var features = SqueezeNetFeatures.Load(weights, device);
        return new FrechetGanMetric(features, FrechetScore.Create(features, Batches(heldOut, count, device), Batches(training, count, device)), count, device);
    }

    /// <inheritdoc/>
    public double Measure(StyleGan2.Generator generator, CancellationToken cancellationToken)
    {
        using var noGrad = no_grad();
        using var random = new torch.Generator(20260501, CPU);
        // Whole batches are generated even for the rest, so that every image is computed at one batch size.
        return _score.Evaluate(n =>
        {
            using var scope = NewDisposeScope();
            var z = randn(Batch, generator.Config.ZDim, generator: random).to(_device);
            return generator.Synthesize(generator.Map(z)).clamp_(Scalars.Of(-1), Scalars.Of(1)).narrow(0, 0, n).contiguous().MoveToOuterDisposeScope();
        }, _count, Batch, cancellationToken);
    }

    public void Dispose() => _features.Dispose();

    // An even sample of the set, the same every time.
    private static IEnumerable<Tensor> Batches(ImageFolder images, int count, Device device)
    {
        for (int done = 0; done < count; done += Batch)
            yield return images.Batch([.. Enumerable.Range(done, Math.Min(Batch, count - done)).Select(i => (int)((long)i * images.Count / count))], device: device);
    }
}
