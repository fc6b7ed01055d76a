using HandsOff.Core.StyleGan2;
using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Training;

/// <summary>
/// One training step. The discriminator learns from this step's generated images, then the generator from the updated
/// discriminator's view of the same images: they are computed once a step, not twice. Gradients are asked for by network,
/// so the generator's turn computes none for the discriminator's weights.
/// </summary>
internal sealed class GanStep : IDisposable
{
    private const ulong Device = 3, Augmentation = 4;
    private readonly GanTrainingOptions _options;
    private readonly GanState _state;
    private readonly torch.Generator _random;

    public GanStep(GanTrainingOptions options, GanState state)
    {
        (_options, _state) = (options, state);
        _random = new torch.Generator(0, state.Device);
    }

    public void Dispose() => _random.Dispose();

    /// <summary>Runs the step on real images [B,3,H,W] in [-1, 1] and counts it; figures go to <paramref name="figures"/>.</summary>
    public void Run(Tensor real, GanFigures figures)
    {
        using var scope = NewDisposeScope();
        ulong step = (ulong)_state.Steps;
        _random.manual_seed((long)(SplitMix.Key(_options.Seed, Device, step) >> 1));
        var draws = new SplitMix(SplitMix.Key(_options.Seed, Augmentation, step));
        bool warmUp = _state.Images < _options.WarmUpKimg * 1000;
        int batch = (int)real.shape[0];

        Compute(reduced: _options.BFloat16);
        Tensor fake;
        using (IDisposable? frozen = warmUp ? no_grad() : null) fake = Generate(Latents(batch));
        TrainDiscriminator(real, fake.detach(), ref draws, figures);
        if (_state.Steps % _options.R1Interval == 0) PenaliseGradient(real, ref draws, figures);
        if (!warmUp)
        {
            TrainGenerator(fake, ref draws, figures);
            if (_options.PathInterval > 0 && _state.Steps % _options.PathInterval == 0) PenalisePath(batch / 2, figures);
        }

        _state.Steps++;
        _state.Images += batch;
        _state.Average(batch, _options.EmaKimgInForce, _options.EmaRampUp);
    }

    // Second derivatives are taken in fp32: reduced precision saves them little time, and they square their errors.
    private void Compute(bool reduced) => _state.Generator.ComputeType = _state.Discriminator.ComputeType = reduced ? ScalarType.BFloat16 : ScalarType.Float32;

    private void TrainDiscriminator(Tensor real, Tensor fake, ref SplitMix draws, GanFigures figures)
    {
        using var scope = NewDisposeScope();
        double p = _state.Ada.Probability;
        // Two passes, not one of both: the minibatch deviation must not mix real and generated images.
        var fakeLogits = _state.Discriminator.forward(AugmentPipeline.Apply(fake, p, ref draws));
        var realLogits = _state.Discriminator.forward(AugmentPipeline.Apply(real, p, ref draws));
        var loss = GanLosses.DiscriminatorFake(fakeLogits).Plus(GanLosses.DiscriminatorReal(realLogits));
        _state.DiscriminatorAdam.Minimise(loss);
        double signs = realLogits.detach().sign().sum().item<float>();
        figures.Add(GanFigures.DiscriminatorLoss, loss.item<float>());
        figures.Add(GanFigures.RealScore, realLogits.mean().item<float>());
        figures.Add(GanFigures.FakeScore, fakeLogits.mean().item<float>());
        figures.Add(GanFigures.RealSign, signs / real.shape[0]);
        _state.Ada.Observe(signs, real.shape[0], _state.Steps + 1);
    }

    private void PenaliseGradient(Tensor real, ref SplitMix draws, GanFigures figures)
    {
        using var scope = NewDisposeScope();
        // grid_sample has no second derivative, so the gradient is the one at the discriminator's input, after augmentation.
        Compute(reduced: false);
        using var twice = WholeConv.ForSecondDerivatives();
        var seen = AugmentPipeline.Apply(real, _state.Ada.Probability, ref draws).detach().clone().requires_grad_(true);
        var penalty = GanLosses.R1(_state.Discriminator.forward(seen), seen).mean();
        _state.DiscriminatorAdam.Minimise(penalty.Times(_options.GammaInForce / 2 * _options.R1Interval));
        figures.Add(GanFigures.R1, penalty.item<float>());
    }

    private void TrainGenerator(Tensor fake, ref SplitMix draws, GanFigures figures)
    {
        using var scope = NewDisposeScope();
        Compute(reduced: _options.BFloat16);
        var loss = GanLosses.Generator(_state.Discriminator.forward(AugmentPipeline.Apply(fake, _state.Ada.Probability, ref draws)));
        _state.GeneratorAdam.Minimise(loss);
        figures.Add(GanFigures.GeneratorLoss, loss.item<float>());
    }

    private void PenalisePath(int batch, GanFigures figures)
    {
        using var scope = NewDisposeScope();
        Compute(reduced: false);
        using var twice = WholeConv.ForSecondDerivatives();
        var ws = Latents(batch);
        var images = Generate(ws);
        var lengths = GanLosses.PathLengths(images, ws, randn(images.shape, device: _state.Device, generator: _random));
        using (no_grad())
        {
            // The first lengths are the first mean: from 0 a network that is taken over from another run would be pulled towards 0 with all its paths.
            var mean = lengths.mean().detach();
            if (_state.PathMean.item<float>() == 0) _state.PathMean.copy_(mean);
            else _state.PathMean.lerp_(mean, _options.PathDecay);
        }

        var penalty = (lengths - _state.PathMean.detach()).Squared().mean();
        _state.GeneratorAdam.Minimise(penalty.Times(_options.PathWeight * _options.PathInterval));
        figures.Add(GanFigures.PathLength, lengths.mean().item<float>());
    }

    // w+ of new latents; mixed with a second set from a random layer on, most of the time.
    private Tensor Latents(int batch)
    {
        using var scope = NewDisposeScope();
        var network = _state.Generator;
        var ws = network.Map(randn(batch, network.Config.ZDim, device: _state.Device, generator: _random), updateAverage: true);
        var draw = rand(2, device: _state.Device, generator: _random).cpu();
        if (draw[0].item<float>() >= _options.StyleMixing) return ws.MoveToOuterDisposeScope();
        int layers = network.Config.NumWs;
        int cut = 1 + Math.Min((int)(draw[1].item<float>() * (layers - 1)), layers - 2);
        var other = network.Map(randn(batch, network.Config.ZDim, device: _state.Device, generator: _random));
        return cat([ws.narrow(1, 0, cut), other.narrow(1, cut, layers - cut)], 1).MoveToOuterDisposeScope();
    }

    private Tensor Generate(Tensor ws)
    {
        if (!_options.NoiseInputs) return _state.Generator.Synthesize(ws, NoiseMode.None);
        using var scope = NewDisposeScope();
        var shapes = _state.Generator.Config.Taps;
        var noise = new List<Tensor>();
        for (int i = 1; i < shapes.Count; i++) noise.Add(randn(ws.shape[0], 1, shapes[i].Height, shapes[i].Width, device: _state.Device, generator: _random));
        return _state.Generator.Synthesize(ws, NoiseMode.Seeded, noise).MoveToOuterDisposeScope();
    }
}
