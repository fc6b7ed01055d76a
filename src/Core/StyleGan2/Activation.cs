namespace HandsOff.Core.StyleGan2;

/// <summary>Leaky ReLU of slope 0.2 times sqrt(2), which keeps the variance: the activation of all StyleGAN2 layers.</summary>
internal static class Activation
{
    public const float Slope = 0.2f;

    public const float Gain = 1.41421356f;
}
