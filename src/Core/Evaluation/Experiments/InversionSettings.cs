namespace HandsOff.Core.Evaluation.Experiments;

/// <summary>How an experiment inverts photographs.</summary>
public sealed record InversionSettings
{
    /// <summary>Optimisation steps; 0 takes the encoder's latents.</summary>
    public int Steps { get; init; } = 200;

    /// <summary>The perceptual distance (<see cref="PerceptualChoice.Names"/> but the discriminator).</summary>
    public string Perceptual { get; init; } = "squeeze";

    /// <summary>Largest distance accepted; null drops outliers.</summary>
    public double? Gate { get; init; }

    /// <summary>Learns from rejected photographs too.</summary>
    public bool RejectedToo { get; init; }
}
