using HandsOff.Core.Evaluation;
using HandsOff.Core.StyleGan2;
using HandsOff.Core.Tensors;
using HandsOff.Core.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Generator = HandsOff.Core.StyleGan2.Generator;

namespace HandsOff.Core.Inversion;

/// <summary>
/// Optimises the w+ latents of photographs directly, the generator frozen, its noise the constant one: the loss is
/// a weighted sum of perceptual distance, squared error and squared distance from the initial latents (the form of HandsOff,
/// Xu et al. 2023; weights: <see cref="LatentOptimizerOptions"/>), by Adam.
/// Each photograph keeps its own best iterate.
/// </summary>
public sealed class LatentOptimizer
{
    private readonly Generator _generator;
    private readonly PerceptualLoss _perceptual;
    private readonly LatentOptimizerOptions _options;
    private readonly double _unit;

    /// <param name="generator">Frozen here (its parameters take no gradient any more); stays the caller's.</param>
    /// <param name="perceptual">The perceptual distance; stays the caller's.</param>
    /// <param name="options">Validated here.</param>
    public LatentOptimizer(Generator generator, PerceptualLoss perceptual, LatentOptimizerOptions options)
    {
        (_generator, _perceptual, _options) = (generator, perceptual, options.Validate());
        foreach (var p in generator.parameters()) p.requires_grad_(false);
        _unit = LatentSpace.Deviation(generator);
    }

    /// <summary>The best latents [B,NumWs,WDim] found for photographs [B,3,H,W] in [-1,1]. The caller disposes them.</summary>
    /// <param name="photos">Photographs.</param>
    /// <param name="initial">Latents to begin from.</param>
    /// <param name="progress">Told steps done, steps in all, and the batch's mean loss.</param>
    /// <param name="cancel">Stops between steps.</param>
    public Tensor Optimize(Tensor photos, Tensor initial, Action<int, int, double>? progress = null, CancellationToken cancel = default)
    {
        using var scope = NewDisposeScope();
        int count = (int)photos.shape[0], batches = (count + _options.Batch - 1) / _options.Batch;
        var found = new List<Tensor>();
        for (int b = 0; b < batches; b++)
        {
            int from = b * _options.Batch, to = Math.Min(count, from + _options.Batch), before = b * _options.Steps;
            found.Add(OptimizeBatch(photos[from..to], initial[from..to], (step, loss) => progress?.Invoke(before + step, batches * _options.Steps, loss), cancel));
        }

        return cat(found, 0).MoveToOuterDisposeScope();
    }

    private Tensor OptimizeBatch(Tensor photos, Tensor initial, Action<int, double> progress, CancellationToken cancel)
    {
        using var scope = NewDisposeScope();
        using var reduced = new ReducedPrecision(_generator, _options.BFloat16);
        using var offset = new Parameter(zeros_like(initial));
        using var adam = new FlatAdam([("offset", offset)], _options.LearningRate, 0.9, 0.99, 1e-8);
        List<Tensor> embedded;
        using (no_grad()) embedded = _perceptual.Embed(photos);
        var best = initial.detach().clone();
        var least = full([photos.shape[0]], Scalars.Of(double.PositiveInfinity), ScalarType.Float32, photos.device);
        for (int step = 0; step <= _options.Steps; step++)
        {
            cancel.ThrowIfCancellationRequested();
            using var inner = NewDisposeScope();
            var ws = initial.Plus(offset.Times(_unit));
            var (distance, error) = ReconstructionLoss.Of(_perceptual, _generator.Synthesize(ws), photos, embedded);
            var loss = distance.Times(_options.PerceptualWeight).Plus(error.Times(_options.SquaredErrorWeight)).Plus(offset.Squared().mean([1, 2]).Times(_options.InitialWeight));
            using (no_grad())
            {
                // A copy, not the variable that Adam goes on changing. A loss that is not a number is never the least.
                var better = loss < least;
                best.copy_(where(better.view(-1, 1, 1), ws, best));
                least.copy_(where(better, loss, least));
            }

            if (step == _options.Steps) break;
            adam.Rate = _options.RateAt(step);
            // The sum, so that a photograph's gradient does not depend on how many share the batch.
            adam.Minimise(loss.sum());
            progress(step + 1, loss.mean().item<float>());
        }

        return best.MoveToOuterDisposeScope();
    }
}
