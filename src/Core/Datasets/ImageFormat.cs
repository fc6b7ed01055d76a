namespace HandsOff.Core.Datasets;

/// <summary>How a sample's image is stored.</summary>
public enum ImageFormat
{
    /// <summary>Lossless; read everywhere.</summary>
    Png,

    /// <summary>JPEG of quality 95 without chroma subsampling.</summary>
    Jpg,

    /// <summary>Lossless WebP: the cheapest to encode at 256 pixels and more.</summary>
    Webp,
}
