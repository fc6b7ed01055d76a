namespace HandsOff.Core.StyleGan2;

/// <summary>One map of the hypercolumn: its name (<c>const</c>, <c>b8.conv0</c>, ...), channels and spatial size.</summary>
public readonly record struct TapShape(string Name, int Channels, int Height, int Width);
