using HandsOff.Core.StyleGan2;

namespace HandsOff.Core.Inversion;

/// <summary>Shape of an <see cref="Encoder"/>: it follows the generator, apart from its own size.</summary>
public sealed record EncoderConfig
{
    /// <summary>Width in pixels of the generator's images.</summary>
    public required int Width { get; init; }

    /// <summary>Height in pixels of the generator's images.</summary>
    public required int Height { get; init; }

    /// <summary>Latents in w+.</summary>
    public required int NumWs { get; init; }

    /// <summary>Length of a latent.</summary>
    public required int WDim { get; init; }

    /// <summary>Smaller side in pixels of what the encoder looks at: a power of two from 8. Larger images are averaged down to it.</summary>
    public int Side { get; init; } = 32;

    /// <summary>Channels after the first convolution; the later ones have 2, 4, 6 times as many.</summary>
    public int Channels { get; init; } = 32;

    /// <summary>Rounds of refinement it was trained for.</summary>
    public int Refinements { get; init; } = 3;

    /// <summary>The shape that fits a generator.</summary>
    public static EncoderConfig For(StyleGan2Config generator, int side = 32, int channels = 32, int refinements = 3) => new EncoderConfig
    {
        Width = generator.Width,
        Height = generator.Height,
        NumWs = generator.NumWs,
        WDim = generator.WDim,
        Side = Math.Min(side, Math.Min(generator.Width, generator.Height)),
        Channels = channels,
        Refinements = refinements,
    }.Validate();

    /// <summary>Whether an encoder of this shape works with a generator of that one.</summary>
    public bool Fits(StyleGan2Config generator) =>
        (Width, Height, NumWs, WDim) == (generator.Width, generator.Height, generator.NumWs, generator.WDim);

    /// <summary>Checks the figures.</summary>
    /// <exception cref="HandsOffException">A figure that no encoder has.</exception>
    public EncoderConfig Validate()
    {
        if (Side < 8 || (Side & (Side - 1)) != 0 || Side > Math.Min(Width, Height))
            throw HandsOffException.Usage($"encoder side {Side}: a power of two from 8 to {Math.Min(Width, Height)} (the image's smaller side) would be right");
        if (Channels < 8 || Channels % 8 != 0 || Channels > 512) throw HandsOffException.Usage($"encoder channels {Channels}: a multiple of 8 from 8 to 512 would be right");
        return this;
    }
}
