using HandsOff.Core.StyleGan2;

namespace HandsOff.Core.Training;

/// <summary>What a GAN training run does. The defaults are StyleGAN2's (Karras et al. 2020), sized for a small network.</summary>
public sealed record GanTrainingOptions
{
    /// <summary>Shape of both networks.</summary>
    public required StyleGan2Config Network { get; init; }

    /// <summary>Images a step.</summary>
    public int Batch { get; init; } = 16;

    /// <summary>Total training length in thousands of real images shown.</summary>
    public double Kimg { get; init; } = 500;

    /// <summary>Adam's learning rate of both networks, before the correction for lazy regularisation.</summary>
    public double LearningRate { get; init; } = 0.002;

    /// <summary>R1 weight; null takes 0.0002 * pixels / batch (the "auto" rule of stylegan2-ada).</summary>
    public double? Gamma { get; init; }

    /// <summary>Steps between R1 penalties.</summary>
    public int R1Interval { get; init; } = 16;

    /// <summary>Steps between path length penalties; 0 leaves them out.</summary>
    public int PathInterval { get; init; } = 4;

    public double PathWeight { get; init; } = 2;

    /// <summary>Share of a new path length in the running mean.</summary>
    public double PathDecay { get; init; } = 0.01;

    /// <summary>Probability that a batch's later layers take their style from another latent.</summary>
    public double StyleMixing { get; init; } = 0.9;

    /// <summary>Half-life of the averaged generator in thousands of images; null takes batch * 10 / 32.</summary>
    public double? EmaKimg { get; init; }

    /// <summary>The half-life is at most this share of the images seen so far.</summary>
    public double EmaRampUp { get; init; } = 0.05;

    public AugmentMode Augment { get; init; } = AugmentMode.Ada;

    /// <summary>Augmentation probability: ADA's first value, or the fixed one.</summary>
    public double AugmentProbability { get; init; }

    /// <summary>ADA holds E[sign(D(real))] at this value.</summary>
    public double AdaTarget { get; init; } = 0.6;

    /// <summary>Steps between adjustments of ADA's probability.</summary>
    public int AdaInterval { get; init; } = 4;

    /// <summary>Thousands of images in which ADA's probability can move from 0 to 1.</summary>
    public double AdaKimg { get; init; } = 500;

    /// <summary>Show each real image mirrored half of the time.</summary>
    public bool Mirror { get; init; }

    /// <summary>
    /// Feed the synthesis layers random noise maps, as StyleGAN2 does. Off suits domains without fine texture and short runs:
    /// all variation then comes from the latent, where inversion and the labeler can see it.
    /// </summary>
    public bool NoiseInputs { get; init; } = true;

    /// <summary>Only the discriminator learns for so many thousands of images (useful just after growing).</summary>
    public double WarmUpKimg { get; init; }

    /// <summary>
    /// Convolutions of the two main losses in bfloat16 (weights, Adam, both regularisers and what is saved stay fp32). On where
    /// the processor computes it faster; two processors that differ in this do not train to the same bits anyway.
    /// </summary>
    public bool BFloat16 { get; init; } = Precision.BFloat16IsFast;

    public ulong Seed { get; init; }

    /// <summary>Thousands of images between log lines.</summary>
    public double LogKimg { get; init; } = 1;

    /// <summary>Thousands of images between checkpoints and sample sheets.</summary>
    public double SnapshotKimg { get; init; } = 20;

    /// <summary>Every n-th snapshot's checkpoint is kept for good; the others go when the next is written. 0 keeps the latest alone.</summary>
    public int KeepEvery { get; init; } = 10;

    /// <summary>Thousands of images between metric evaluations.</summary>
    public double MetricKimg { get; init; } = 20;

    /// <summary>R1 weight in force.</summary>
    public double GammaInForce => Gamma ?? 0.0002 * Network.Width * Network.Height / Batch;

    /// <summary>Half-life in force, thousands of images.</summary>
    public double EmaKimgInForce => EmaKimg ?? Batch * 10.0 / 32;

    /// <summary>Checks the figures, naming the one that is wrong.</summary>
    /// <exception cref="HandsOffException">A figure out of its range (exit code 2).</exception>
    public GanTrainingOptions Validate()
    {
        Network.Validate();
        Need(Batch >= 2 && Batch % 2 == 0, "--batch", Batch, "an even number from 2");
        int group = Math.Min(Network.MbstdGroup, Batch);
        Need(Batch % group == 0, "--batch", Batch, $"a multiple of the minibatch-deviation group, {group}");
        Need(double.IsFinite(Kimg) && Kimg > 0, "--kimg", Kimg, "above 0");
        Need(LearningRate is > 0 and < 1, "--lr", LearningRate, "between 0 and 1");
        Need(Gamma is null or >= 0, "--gamma", Gamma, "0 or more");
        Need(R1Interval >= 1, "R1 interval", R1Interval, "1 or more");
        Need(PathInterval >= 0, "path length interval", PathInterval, "0 (off) or more");
        Need(StyleMixing is >= 0 and <= 1, "style mixing", StyleMixing, "between 0 and 1");
        Need(EmaKimg is null or > 0, "--ema-kimg", EmaKimg, "above 0");
        Need(AugmentProbability is >= 0 and <= 1, "--aug-p", AugmentProbability, "between 0 and 1");
        Need(AdaTarget is > 0 and < 1, "--ada-target", AdaTarget, "between 0 and 1");
        Need(AdaInterval >= 1, "ADA interval", AdaInterval, "1 or more");
        Need(AdaKimg > 0, "--ada-kimg", AdaKimg, "above 0");
        Need(WarmUpKimg >= 0, "--warmup-kimg", WarmUpKimg, "0 or more");
        Need(LogKimg > 0, "--log-every", LogKimg, "above 0");
        Need(SnapshotKimg > 0, "--snapshot-every", SnapshotKimg, "above 0");
        Need(KeepEvery >= 0, "--keep-every", KeepEvery, "0 or more");
        Need(MetricKimg > 0, "--metric-every", MetricKimg, "above 0");
        return this;
    }

    private static void Need(bool holds, string name, object? value, string right)
    {
        if (!holds) throw HandsOffException.Usage($"{name} is {value}; it must be {right}");
    }
}
