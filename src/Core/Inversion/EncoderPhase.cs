namespace HandsOff.Core.Inversion;

/// <summary>The phases of an encoder's training.</summary>
public enum EncoderPhase
{
    /// <summary>Generated images, their latents as targets.</summary>
    Pairs,

    /// <summary>Photographs, perceptual distance and squared error; generator frozen.</summary>
    Photos,
}
