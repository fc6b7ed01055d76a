using HandsOff.Core.StyleGan2;

namespace HandsOff.Core.Inversion;

/// <summary>How latents are optimised for each photograph.</summary>
public sealed record LatentOptimizerOptions
{
    /// <summary>Steps; 0 leaves the latents as they are.</summary>
    public int Steps { get; init; } = 200;

    /// <summary>Adam's rate in units of the deviation of w, at its height: it ramps up over the first 5 % of the steps and down along a half cosine over the last 25 %.</summary>
    public double LearningRate { get; init; } = 0.1;

    /// <summary>Weight of the perceptual distance.</summary>
    public double PerceptualWeight { get; init; } = 10;

    /// <summary>
    /// Weight of the squared error (RGB in [0,1]). The paper has 1; at 32 and 64 px, where LPIPS sees few positions, 10 to 40
    /// halved the squared error at equal LPIPS.
    /// </summary>
    public double SquaredErrorWeight { get; init; } = 20;

    /// <summary>Weight of the squared distance from the initial latents, in units of the deviation of w.</summary>
    public double InitialWeight { get; init; } = 0.1;

    /// <summary>Photographs optimised at once. Each is optimised by itself; the batch decides memory and speed only.</summary>
    public int Batch { get; init; } = 10;

    /// <summary>The generator's convolutions in bfloat16 while optimising; measurements stay fp32. On where the processor is fast at it.</summary>
    public bool BFloat16 { get; init; } = Precision.BFloat16IsFast;

    /// <summary>Checks the figures, naming the one that is wrong.</summary>
    /// <exception cref="HandsOffException">One is out of range.</exception>
    public LatentOptimizerOptions Validate()
    {
        if (Steps < 0) throw HandsOffException.Usage($"--optimize {Steps}: 0 or more steps would be right");
        if (LearningRate is not (> 0 and <= 10)) throw HandsOffException.Usage($"--lr {LearningRate}: above 0 and at most 10 would be right");
        if (Batch is < 1 or > 1024) throw HandsOffException.Usage($"--batch {Batch}: 1 to 1024 would be right");
        if (PerceptualWeight < 0 || SquaredErrorWeight < 0 || InitialWeight < 0) throw HandsOffException.Usage("weights of the inversion's loss: 0 or more would be right");
        return this;
    }

    /// <summary>Adam's rate at a step (Karras et al. 2020's projector: 5 % up, 25 % down).</summary>
    public double RateAt(int step)
    {
        double t = (double)step / Math.Max(1, Steps);
        double down = Math.Min(1, (1 - t) / 0.25);
        return LearningRate * (0.5 - (0.5 * Math.Cos(down * Math.PI))) * Math.Min(1, (t + (1.0 / Math.Max(1, Steps))) / 0.05);
    }
}
