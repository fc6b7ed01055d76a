using System.Buffers;
using System.Globalization;
using HandsOff.Core.Labeling;

namespace HandsOff.Core.Imaging;

/// <summary>The 256 colours of a mask: the classes' own, then black; 255 (ignore) is light gray.</summary>
public static class MaskPalette
{
    /// <summary>The id of pixels without a class.</summary>
    public const byte Ignore = 255;

    private static readonly SearchValues<char> s_hex = SearchValues.Create("0123456789abcdefABCDEF");

    /// <summary>768 bytes: RGB of each id.</summary>
    public static byte[] Of(IReadOnlyList<ClassInfo> classes)
    {
        ArgumentNullException.ThrowIfNull(classes);
        if (classes.Count > Ignore) throw HandsOffException.Usage($"label schema: {classes.Count} classes, at most {Ignore} fit a mask");
        var palette = new byte[768];
        for (int i = 0; i < classes.Count; i++)
        {
            var (r, g, b) = Parse(classes[i].Color);
            palette[3 * i] = r;
            palette[3 * i + 1] = g;
            palette[3 * i + 2] = b;
        }

        palette[765] = palette[766] = palette[767] = 224;
        return palette;
    }

    /// <summary>Whether a text is <c>#rrggbb</c>.</summary>
    public static bool IsColour(string? text) => text is { Length: 7 } && text[0] == '#' && text.AsSpan(1).IndexOfAnyExcept(s_hex) < 0;

    /// <summary>Reads <c>#rrggbb</c>.</summary>
    public static (byte R, byte G, byte B) Parse(string color)
    {
        if (!IsColour(color)) throw HandsOffException.Usage($"colour '{color}': should be #rrggbb");
        int v = int.Parse(color.AsSpan(1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return ((byte)(v >> 16), (byte)(v >> 8), (byte)v);
    }
}
