namespace HandsOff.Core.Evaluation;

/// <summary>The backbone of an LPIPS v0.1 distance.</summary>
public enum LpipsNet
{
    /// <summary>SqueezeNet 1.1: 7 taps, the smallest and fastest (2.9 MB).</summary>
    Squeeze,

    /// <summary>AlexNet's convolutions: 5 taps (9.9 MB); LPIPS' own default for measuring.</summary>
    Alex,

    /// <summary>VGG-16's convolutions: 5 taps (59 MB); LPIPS' own default for optimising.</summary>
    Vgg,
}
