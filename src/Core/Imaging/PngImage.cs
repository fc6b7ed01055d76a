namespace HandsOff.Core.Imaging;

/// <summary>
/// A PNG's stored values, unconverted: <see cref="Samples"/> has Channels values a pixel, row-major, each of BitDepth bits (a
/// palette image gives its indices, not its colours).
/// </summary>
internal sealed record PngImage(int Width, int Height, int BitDepth, PngColorType ColorType, int Channels, ushort[] Samples, byte[] Palette);
