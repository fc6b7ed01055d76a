using HandsOff.Core.Evaluation;
using HandsOff.Core.StyleGan2;
using HandsOff.Core.Tensors;
using HandsOff.Core.Training;
using TorchSharp;
using static TorchSharp.torch;
using Generator = HandsOff.Core.StyleGan2.Generator;

namespace HandsOff.Core.Inversion;

/// <summary>
/// The loss of one training step of an encoder. As in ReStyle every refinement round is trained on its own: latents and
/// reconstruction go into the next round without their history.
/// </summary>
internal sealed class EncoderStep(Encoder encoder, Generator generator, PerceptualLoss perceptual, ImageFolder photos, EncoderTrainingOptions options)
{
    private const ulong PairStream = 0xE0, PhotoStream = 0xE1;
    private readonly DataOrder _order = new(photos.Count, SplitMix.Key(options.Seed, PhotoStream, 0), options.Mirror);
    private readonly double _unit = encoder.Scale;

    /// <summary>Loss of step <paramref name="step"/> (counted over both phases), in the caller's dispose scope.</summary>
    public Tensor Loss(EncoderPhase phase, int step, int iteration) => phase == EncoderPhase.Pairs ? Pairs(step) : Photos(step, iteration);

    private Tensor Pairs(int step)
    {
        using var scope = NewDisposeScope();
        using var random = new torch.Generator(SplitMix.Key(options.Seed, PairStream, (ulong)step), CPU);
        var target = LatentSpace.Sample(generator, options.Batch, random);
        var image = Render(target);
        bool compare = options.ImageEvery > 0 && step % options.ImageEvery == 0;
        var ws = encoder.Start(options.Batch);
        var reconstruction = Render(encoder.Start(1)).expand_as(image);
        Tensor total = zeros(1, device: image.device);
        for (int round = 0; round < options.Refinements; round++)
        {
            bool last = round == options.Refinements - 1;
            var next = ws.Plus(encoder.forward(image, reconstruction));
            total = total.Plus(Latents(next, target).Times(options.LatentWeight));
            if (last && compare) total = total.Plus(Images(generator.Synthesize(next), image, null));
            ws = next.detach();
            if (!last) reconstruction = Render(ws);
        }

        return total.Over(options.Refinements).MoveToOuterDisposeScope();
    }

    private Tensor Photos(int step, int iteration)
    {
        using var scope = NewDisposeScope();
        using var random = new torch.Generator(SplitMix.Key(options.Seed, PairStream, (ulong)step), CPU);
        int pairs = (int)Math.Round(options.Batch * options.PairShare), real = options.Batch - pairs;
        var device = generator.WAverage.device;
        var parts = new List<Tensor>();
        if (real > 0)
        {
            var (indices, mirror) = _order.Take((long)iteration * real, real);
            parts.Add(photos.Batch(indices, mirror, device));
        }

        Tensor? target = pairs > 0 ? LatentSpace.Sample(generator, pairs, random) : null;
        if (target is not null) parts.Add(Render(target));
        var image = cat(parts, 0);
        var embedded = real > 0 ? Frozen(() => perceptual.Embed(parts[0])) : null;
        var ws = encoder.Start(options.Batch);
        var reconstruction = Render(encoder.Start(1)).expand_as(image);
        Tensor total = zeros(1, device: device);
        for (int round = 0; round < options.Refinements; round++)
        {
            bool last = round == options.Refinements - 1;
            var next = ws.Plus(encoder.forward(image, reconstruction));
            var made = new List<Tensor>();
            if (real > 0)
            {
                var shown = next[..real];
                made.Add(generator.Synthesize(shown));
                total = total.Plus(Images(made[0], parts[0], embedded).Times((double)real / options.Batch));
                total = total.Plus((shown - encoder.Start(real)).Over(_unit).Squared().mean().Times(options.NormWeight));
            }

            if (target is not null) total = total.Plus(Latents(next[real..], target).Times(options.LatentWeight * pairs / options.Batch));
            ws = next.detach();
            if (last) break;
            if (target is not null) made.Add(Render(ws[real..]));
            reconstruction = cat([.. made.Select(m => m.detach())], 0);
        }

        return total.Over(options.Refinements).MoveToOuterDisposeScope();
    }

    private Tensor Latents(Tensor ws, Tensor target) => (ws - target).Over(_unit).Squared().mean();

    private Tensor Images(Tensor images, Tensor targets, List<Tensor>? embedded)
    {
        var (distance, error) = ReconstructionLoss.Of(perceptual, images, targets, embedded);
        return distance.mean().Times(options.PerceptualWeight).Plus(error.mean().Times(options.SquaredErrorWeight));
    }

    private Tensor Render(Tensor ws) => Frozen(() => generator.Synthesize(ws));

    private static T Frozen<T>(Func<T> work)
    {
        using var noGrad = no_grad();
        return work();
    }
}
