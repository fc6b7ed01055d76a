using HandsOff.Core.StyleGan2;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace HandsOff.Core.Training;

/// <summary>
/// All that a GAN training run carries from step to step: both networks, the averaged generator, both optimizers, ADA,
/// the mean path length and the counters. Random numbers and data order are functions of the seed and the counters.
/// </summary>
internal sealed class GanState : IDisposable
{
    private readonly List<(Parameter Average, Parameter Trained)> _pairs;

    /// <summary>Freshly initialised from the options' seed.</summary>
    public GanState(GanTrainingOptions options, Device device)
    {
        Device = device;
        using (var random = new torch.Generator(options.Seed, CPU))
        {
            Generator = new StyleGan2.Generator(options.Network, random);
            Discriminator = new Discriminator(options.Network, random);
        }

        Averaged = new StyleGan2.Generator(options.Network);
        Generator.to(device);
        Discriminator.to(device);
        Averaged.to(device);
        foreach (var p in Averaged.parameters()) p.requires_grad_(false);
        CopyToAverage();
        int path = options.PathInterval;
        GeneratorAdam = Adam(Generator, options.LearningRate, path > 0 ? path / (path + 1.0) : 1);
        DiscriminatorAdam = Adam(Discriminator, options.LearningRate, options.R1Interval / (options.R1Interval + 1.0));
        Ada = new AdaController(options);
        PathMean = zeros(1, device: device).DetachFromDisposeScope();
        var trained = Generator.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        _pairs = [.. Averaged.named_parameters().Select(p => (p.parameter, trained[p.name]))];
    }

    public Device Device { get; }

    /// <summary>The generator being trained.</summary>
    public StyleGan2.Generator Generator { get; }

    public Discriminator Discriminator { get; }

    /// <summary>Exponential moving average of the generator: the one to use.</summary>
    public StyleGan2.Generator Averaged { get; }

    public FlatAdam GeneratorAdam { get; }

    public FlatAdam DiscriminatorAdam { get; }

    public AdaController Ada { get; }

    /// <summary>Running mean of path lengths, [1].</summary>
    public Tensor PathMean { get; }

    /// <summary>Steps finished.</summary>
    public long Steps { get; set; }

    /// <summary>Real images shown, repeats counted: also the position in the data order.</summary>
    public long Images { get; set; }

    /// <summary>Seconds spent training, over all resumes.</summary>
    public double Seconds { get; set; }

    /// <summary>Sets every layer's noise strength to 0, so that rendering with the constant maps shows what was trained without noise.</summary>
    public void SilenceNoise()
    {
        using var noGrad = no_grad();
        foreach (var network in new[] { Generator, Averaged })
            foreach (var (name, parameter) in network.named_parameters())
                if (name.EndsWith("noise_strength", StringComparison.Ordinal)) parameter.zero_();
    }

    /// <summary>Makes the average equal to the trained generator.</summary>
    public void CopyToAverage()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var from = Generator.StateTensors();
        foreach (var (name, into) in Averaged.StateTensors()) into.copy_(from[name]);
    }

    /// <summary>Moves the average toward the trained generator: half-life <paramref name="kimg"/>, at most <paramref name="rampUp"/> of the images seen.</summary>
    public void Average(int batch, double kimg, double rampUp)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        double halfLife = Math.Max(Math.Min(kimg * 1000, Images * rampUp), 1e-8);
        double keep = Math.Pow(0.5, batch / halfLife);
        foreach (var (average, trained) in _pairs) average.lerp_(trained, 1 - keep);
        Averaged.WAverage.copy_(Generator.WAverage);
    }

    public void Dispose()
    {
        GeneratorAdam.Dispose();
        DiscriminatorAdam.Dispose();
        PathMean.Dispose();
        Generator.Dispose();
        Discriminator.Dispose();
        Averaged.Dispose();
    }

    // Lazy regularisation takes (r + 1) updates where there was one in r steps: rate and decay follow (Karras et al. 2020, appendix B).
    private static FlatAdam Adam(nn.Module network, double rate, double lazy) =>
        new(network.named_parameters().Select(p => (p.name, p.parameter)), rate * lazy, 0, Math.Pow(0.99, lazy), 1e-8);
}
