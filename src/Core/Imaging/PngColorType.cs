namespace HandsOff.Core.Imaging;

/// <summary>PNG colour types (PNG specification, third edition, section 11.2.1).</summary>
internal enum PngColorType : byte
{
    Gray = 0,
    Rgb = 2,
    Palette = 3,
    GrayAlpha = 4,
    Rgba = 6,
}
