using HandsOff.Core.StyleGan2;
using HandsOff.Core.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Bench.Training;

/// <summary>The baseline: a StyleGAN2 training step written plainly, as published code has it, with the networks of this project.</summary>
internal sealed class PlainStep : IDisposable
{
    private readonly GanTrainingOptions _options;
    private readonly Core.StyleGan2.Generator _generator, _average;
    private readonly Discriminator _discriminator;
    private readonly optim.Optimizer _adamG, _adamD;
    private readonly Tensor _pathMean = zeros(1).DetachFromDisposeScope();
    private long _steps;

    public PlainStep(GanTrainingOptions options)
    {
        _options = options;
        using var random = new torch.Generator(options.Seed, CPU);
        _generator = new Core.StyleGan2.Generator(options.Network, random);
        _average = new Core.StyleGan2.Generator(options.Network);
        _discriminator = new Discriminator(options.Network, random);
        _adamG = optim.Adam(_generator.parameters(), options.LearningRate, 0, 0.99, 1e-8);
        _adamD = optim.Adam(_discriminator.parameters(), options.LearningRate, 0, 0.99, 1e-8);
    }

    public void Run(Tensor real)
    {
        int batch = (int)real.shape[0];
        Minimise(_adamD, () => GanLosses.DiscriminatorFake(_discriminator.forward(Render(batch).Images.detach())) + GanLosses.DiscriminatorReal(_discriminator.forward(real)));
        if (_steps % _options.R1Interval == 0)
        {
            Minimise(_adamD, () =>
            {
                var seen = real.detach().clone().requires_grad_(true);
                return GanLosses.R1(_discriminator.forward(seen), seen).mean() * (_options.GammaInForce / 2 * _options.R1Interval);
            });
        }

        Minimise(_adamG, () => GanLosses.Generator(_discriminator.forward(Render(batch).Images)));
        if (_steps % _options.PathInterval == 0)
        {
            Minimise(_adamG, () =>
            {
                var (images, ws) = Render(batch / 2);
                var lengths = GanLosses.PathLengths(images, ws, randn_like(images));
                using (no_grad()) _pathMean.lerp_(lengths.mean().detach(), _options.PathDecay);
                return (lengths - _pathMean.detach()).square().mean() * (_options.PathWeight * _options.PathInterval);
            });
        }

        _steps++;
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (to, from) in _average.parameters().Zip(_generator.parameters())) to.copy_(from.lerp(to, 0.999));
    }

    public void Dispose()
    {
        _adamG.Dispose();
        _adamD.Dispose();
        _pathMean.Dispose();
        _generator.Dispose();
        _average.Dispose();
        _discriminator.Dispose();
    }

    private void Minimise(optim.Optimizer adam, Func<Tensor> loss)
    {
        using var scope = NewDisposeScope();
        _adamG.zero_grad();
        _adamD.zero_grad();
        loss().backward();
        adam.step();
    }

    private (Tensor Images, Tensor Ws) Render(int batch)
    {
        var ws = _generator.Map(randn(batch, _options.Network.ZDim), updateAverage: true);
        List<Tensor> noise = [.. _options.Network.Taps.Skip(1).Select(t => randn(batch, 1, t.Height, t.Width))];
        return (_generator.Synthesize(ws, NoiseMode.Seeded, noise), ws);
    }
}
