namespace HandsOff.Core.Inversion;

/// <summary>What an encoder's training works with, as digests and names: a run goes on only with the same.</summary>
internal sealed record EncoderInputs(string Generator, string Perceptual, string Photographs, string HeldOut)
{
    /// <summary>What differs, in words; null when nothing does.</summary>
    public string? Difference(EncoderInputs other) =>
        Generator != other.Generator ? "another generator"
        : Perceptual != other.Perceptual ? $"another perceptual distance ({Perceptual})"
        : Photographs != other.Photographs ? "other photographs"
        : HeldOut != other.HeldOut ? "other held-out photographs"
        : null;
}
