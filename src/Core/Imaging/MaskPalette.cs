using System.Globalization;
using HandsOff.Core.Labeling;

namespace HandsOff.Core.Imaging;

/// <summary>The 256 colours of a mask: the classes' own, then black; 255 (ignore) is light gray.</summary>
public static class MaskPalette
{
    /// <summary>The id of pixels without a class.</summary>
    public const byte Ignore = 255;

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

    /// <summary>Reads <c>#rrggbb</c>.</summary>
    public static (byte R, byte G, byte B) Parse(string color)
    {
        if (color is { Length: 7 } && color[0] == '#' && int.TryParse(color.AsSpan(1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int v))
            return ((byte)(v >> 16), (byte)(v >> 8), (byte)v);
        throw HandsOffException.Usage($"colour '{color}': should be #rrggbb");
    }
}
