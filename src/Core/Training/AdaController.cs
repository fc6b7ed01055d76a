namespace HandsOff.Core.Training;

/// <summary>
/// ADA's probability (Karras et al. 2020, section 3): every few steps it moves a fixed amount up when
/// E[sign(D(real))] is above the target, down when below; never outside [0, 1].
/// </summary>
internal sealed class AdaController(GanTrainingOptions options)
{
    /// <summary>The probability in force.</summary>
    public double Probability { get; private set; } = options.Augment == AugmentMode.None ? 0 : options.AugmentProbability;

    /// <summary>Sum of signs since the last adjustment.</summary>
    public double SignSum { get; private set; }

    /// <summary>Number of signs since the last adjustment.</summary>
    public long SignCount { get; private set; }

    /// <summary>Restores what a checkpoint kept.</summary>
    public void Restore(double probability, double signSum, long signCount) => (Probability, SignSum, SignCount) = (probability, signSum, signCount);

    /// <summary>Takes in one step's signs of D on real images; <paramref name="step"/> counts steps finished, from 1.</summary>
    public void Observe(double signSum, long count, long step)
    {
        SignSum += signSum;
        SignCount += count;
        if (step % options.AdaInterval != 0) return;
        if (options.Augment == AugmentMode.Ada)
        {
            double move = SignCount / (options.AdaKimg * 1000);
            Probability = Math.Clamp(Probability + Math.Sign(SignSum / SignCount - options.AdaTarget) * move, 0, 1);
        }

        (SignSum, SignCount) = (0, 0);
    }
}
