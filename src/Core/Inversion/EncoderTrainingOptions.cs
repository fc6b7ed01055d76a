using HandsOff.Core.StyleGan2;

namespace HandsOff.Core.Inversion;

/// <summary>How an encoder is trained. Two runs with equal options and inputs on one machine give equal encoders.</summary>
public sealed record EncoderTrainingOptions
{
    /// <summary>Seed of the initial weights, the latents drawn and the order of the photographs.</summary>
    public ulong Seed { get; init; }

    /// <summary>Images a step.</summary>
    public int Batch { get; init; } = 16;

    /// <summary>Refinement rounds of a step and of inference.</summary>
    public int Refinements { get; init; } = 3;

    /// <summary>Steps of the first phase: generated images, their latents as targets.</summary>
    public int PairIterations { get; init; } = 600;

    /// <summary>Cap on the steps of the second phase: photographs, LPIPS and squared error.</summary>
    public int PhotoIterations { get; init; } = 400;

    /// <summary>Adam's rate at the start; each phase decays it along a half cosine to a twentieth. The second phase starts at half.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Weight of the perceptual distance.</summary>
    public double PerceptualWeight { get; init; } = 2;

    /// <summary>Weight of the squared error (RGB in [0,1]).</summary>
    public double SquaredErrorWeight { get; init; } = 4;

    /// <summary>Weight of the squared error of the latents, in units of the deviation of w.</summary>
    public double LatentWeight { get; init; } = 1;

    /// <summary>Weight of the squared distance of a photograph's latents from the mean latent, same units: keeps them where the generator is at home.</summary>
    public double NormWeight { get; init; } = 0.01;

    /// <summary>Every how many steps of the first phase the image is compared as well as the latents (0: never); it costs most of a step.</summary>
    public int ImageEvery { get; init; } = 4;

    /// <summary>Share of generated images in a batch of the second phase, from 0 to 1.</summary>
    public double PairShare { get; init; } = 0.25;

    /// <summary>Steps between measurements on the held-out photographs, which also write a checkpoint.</summary>
    public int EvaluateEvery { get; init; } = 50;

    /// <summary>How many held-out photographs are measured, the first ones.</summary>
    public int HeldOutCount { get; init; } = 48;

    /// <summary>The second phase ends after this many measurements without a new best (0: only at its cap).</summary>
    public int Patience { get; init; } = 6;

    /// <summary>Shows photographs mirrored half of the time.</summary>
    public bool Mirror { get; init; } = true;

    /// <summary>Time limit in minutes, two thirds of it for the first phase; null for none. With a limit the result depends on the machine's speed.</summary>
    public double? Minutes { get; init; }

    /// <summary>Smaller side in pixels of what the encoder looks at.</summary>
    public int Side { get; init; } = 32;

    /// <summary>Channels of the encoder's first layer.</summary>
    public int Channels { get; init; } = 32;

    /// <summary>The generator's convolutions in bfloat16 while training; measurements stay fp32. On where the processor is fast at it.</summary>
    public bool BFloat16 { get; init; } = Precision.BFloat16IsFast;

    /// <summary>Checks the figures, naming the one that is wrong.</summary>
    /// <exception cref="HandsOffException">One is out of range.</exception>
    public EncoderTrainingOptions Validate()
    {
        Require(Batch is >= 1 and <= 1024, "--batch", Batch, "1 to 1024");
        Require(Refinements is >= 1 and <= 20, "--refinements", Refinements, "1 to 20");
        Require(PairIterations >= 0, "--pair-iterations", PairIterations, "0 or more");
        Require(PhotoIterations >= 0 && PairIterations + PhotoIterations > 0, "--photo-iterations", PhotoIterations, "0 or more, and not both 0");
        Require(LearningRate is > 0 and < 1, "--lr", LearningRate, "above 0 and below 1");
        Require(PairShare is >= 0 and <= 1, "--pair-share", PairShare, "0 to 1");
        Require(EvaluateEvery >= 1, "--evaluate-every", EvaluateEvery, "1 or more");
        Require(HeldOutCount >= 1, "--held-out-count", HeldOutCount, "1 or more");
        Require(ImageEvery >= 0 && Patience >= 0, "--patience", Patience, "0 or more");
        Require(Minutes is null or > 0, "--minutes", Minutes ?? 0, "above 0");
        return this;
    }

    private static void Require(bool good, string option, double value, string right)
    {
        if (!good) throw HandsOffException.Usage($"{option} {value}: {right} would be right");
    }
}
