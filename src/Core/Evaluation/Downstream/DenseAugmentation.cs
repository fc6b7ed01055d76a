namespace HandsOff.Core.Evaluation.Downstream;

/// <summary>How strongly training images are changed; the labels follow.</summary>
public sealed record DenseAugmentation
{
    /// <summary>Mirrors half of the images; keypoints change places as the schema says. Never done where it does not say.</summary>
    public bool Flip { get; init; } = true;

    /// <summary>Largest rotation in degrees, either way.</summary>
    public double Rotate { get; init; } = 12;

    /// <summary>Largest change of scale: between 1 / (1 + this) and 1 + this. Depth is divided by it (Eigen et al. 2014).</summary>
    public double Scale { get; init; } = 0.2;

    /// <summary>Largest shift as a share of the side, either way.</summary>
    public double Shift { get; init; } = 0.08;

    /// <summary>Largest change of brightness and contrast; saturation changes twice as much.</summary>
    public double Colour { get; init; } = 0.2;

    /// <summary>Images as they are.</summary>
    public static DenseAugmentation None { get; } = new() { Flip = false, Rotate = 0, Scale = 0, Shift = 0, Colour = 0 };

    /// <summary>Checks the figures.</summary>
    /// <exception cref="HandsOffException">One is out of range.</exception>
    public DenseAugmentation Validate()
    {
        if (Rotate is not (>= 0 and <= 180) || Scale is not (>= 0 and <= 2) || Shift is not (>= 0 and <= 0.5) || Colour is not (>= 0 and <= 1))
            throw HandsOffException.Usage($"augmentation: rotation {Rotate} (0 to 180), scale {Scale} (0 to 2), shift {Shift} (0 to 0.5), colour {Colour} (0 to 1)");
        return this;
    }
}
