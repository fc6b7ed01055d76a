using System.Numerics;

namespace HandsOff.Core.Scenes;

/// <summary>The few colours scenes are made of, in linear light. A small palette keeps the domain learnable by a small generator.</summary>
internal static class Palette
{
    public static readonly Vector3[] Skins = Colors(0xFFDCC2, 0xF6C7A0, 0xE8AE80, 0xC98A5C, 0x9C6238, 0x74452A);
    public static readonly Vector3[] Hairs = Colors(0x2B2019, 0x4A2F1D, 0x7A4A26, 0xB5652A, 0xE3B866, 0xB9B4AE, 0xD24B3A);
    public static readonly Vector3[] Irises = Colors(0x4A2E1A, 0x3E7F4B, 0x2F6FB5);
    public static readonly Vector3[] Garments = Colors(0xE4572E, 0x2E86AB, 0x3AA575, 0xF2B134, 0x7B4FA0, 0xECECEC, 0x34445C);
    public static readonly Vector3[] Hats = Colors(0xD7263D, 0x1B5E8C, 0x2F9E6E, 0xF4B942, 0x5A3E85);
    public static readonly Vector3[] Frames = Colors(0x1C1C22, 0xB3202C, 0x1F4E9E);

    /// <summary>Backdrops: edge colour and the lighter colour of its glow.</summary>
    public static readonly (Vector3 Edge, Vector3 Glow)[] Backdrops =
    [
        (Color(0x6FB1D6), Color(0xCDE9F5)), (Color(0xF0A582), Color(0xFBE0C8)), (Color(0x83C29A), Color(0xDDF2DC)),
        (Color(0xA796D1), Color(0xE4DBF5)), (Color(0xEBC75E), Color(0xFBF0C4)), (Color(0x8B97A6), Color(0xDDE2E8)),
    ];

    public static readonly Vector3 Brow = Color(0x2A1C14);
    public static readonly Vector3 Sclera = Color(0xFAFAFA);
    public static readonly Vector3 Pupil = Color(0x0C0A0A);
    public static readonly Vector3 MouthInside = Color(0x4A1014);
    public static readonly Vector3 Teeth = Color(0xFFF8EE);
    public static readonly Vector3 Blush = Color(0xE2574C);

    /// <summary>An sRGB colour 0xRRGGBB in linear light.</summary>
    public static Vector3 Color(int rgb) => new(ToLinear((rgb >> 16) & 255), ToLinear((rgb >> 8) & 255), ToLinear(rgb & 255));

    private static Vector3[] Colors(params ReadOnlySpan<int> rgb)
    {
        var colors = new Vector3[rgb.Length];
        for (int i = 0; i < rgb.Length; i++) colors[i] = Color(rgb[i]);
        return colors;
    }

    private static float ToLinear(int value)
    {
        float s = value / 255f;
        return s <= 0.04045f ? s / 12.92f : MathF.Pow((s + 0.055f) / 1.055f, 2.4f);
    }
}
