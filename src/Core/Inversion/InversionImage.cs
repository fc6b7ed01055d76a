namespace HandsOff.Core.Inversion;

/// <summary>How one photograph's inversion went.</summary>
public sealed record InversionImage
{
    /// <summary>The photograph's file name without its ending.</summary>
    public required string Id { get; init; }

    /// <summary>Perceptual distance of the final reconstruction (LPIPS, or what <see cref="InversionReport.Measure"/> names).</summary>
    public required double Lpips { get; init; }

    /// <summary>Mean squared error of the final reconstruction, RGB in [0,1].</summary>
    public required double Mse { get; init; }

    /// <summary>The gate's decision: whether the latent is good enough to learn labels from.</summary>
    public required bool Accepted { get; init; }

    /// <summary>Perceptual distance before optimisation.</summary>
    public required double EncoderLpips { get; init; }

    /// <summary>Mean squared error before optimisation.</summary>
    public required double EncoderMse { get; init; }
}
