namespace HandsOff.Core.Training;

/// <summary>How the discriminator's inputs are augmented.</summary>
public enum AugmentMode
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>Adaptive discriminator augmentation: the probability follows the sign of D on real images.</summary>
    Ada,

    /// <summary>With a fixed probability.</summary>
    Fixed,
}
