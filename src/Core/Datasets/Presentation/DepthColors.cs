using HandsOff.Core.Labeling;

namespace HandsOff.Core.Datasets;

/// <summary>Depth for the eye: near is bright yellow, far is dark blue, invalid is black.</summary>
internal static class DepthColors
{
    // Five points of a map that is even in lightness, from far to near.
    private static readonly (double R, double G, double B)[] s_stops = [(20, 20, 90), (80, 30, 140), (180, 50, 120), (245, 130, 60), (250, 240, 120)];

    /// <summary>Height*width*3 RGB bytes.</summary>
    public static byte[] Of(ushort[] depth, DepthInfo info)
    {
        var rgb = new byte[3 * depth.Length];
        double near = info.Min * info.Scale, far = Math.Max(near + 1, info.Max * info.Scale);
        for (int i = 0; i < depth.Length; i++)
        {
            if (depth[i] == 0) continue;
            double t = Math.Clamp((far - depth[i]) / (far - near), 0, 1) * (s_stops.Length - 1);
            int k = Math.Min((int)t, s_stops.Length - 2);
            t -= k;
            var (a, b) = (s_stops[k], s_stops[k + 1]);
            rgb[3 * i] = (byte)(a.R + t * (b.R - a.R));
            rgb[3 * i + 1] = (byte)(a.G + t * (b.G - a.G));
            rgb[3 * i + 2] = (byte)(a.B + t * (b.B - a.B));
        }

        return rgb;
    }
}
