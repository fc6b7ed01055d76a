using System.Numerics;

namespace HandsOff.Core.Scenes;

/// <summary>Signed distances (metres, negative inside) of the few solids scenes are built from, and how they blend.</summary>
internal static class Sdf
{
    /// <summary>Distance to the capsule around segment a-b.</summary>
    public static float Capsule(Vector3 p, Vector3 a, Vector3 b, float radius)
    {
        Vector3 pa = p - a, ba = b - a;
        float h = Math.Clamp(Vector3.Dot(pa, ba) / Vector3.Dot(ba, ba), 0f, 1f);
        return (pa - ba * h).Length() - radius;
    }

    /// <summary>Union rounded over a width k (quadratic polynomial blend).</summary>
    public static float SmoothMin(float a, float b, float k)
    {
        float h = MathF.Max(k - MathF.Abs(a - b), 0f);
        return MathF.Min(a, b) - h * h / (4f * k);
    }

    /// <summary>Intersection rounded over a width k.</summary>
    public static float SmoothMax(float a, float b, float k) => -SmoothMin(-a, -b, k);

    /// <summary>0 below low, 1 above high, smooth between.</summary>
    public static float Step(float low, float high, float x)
    {
        float t = Math.Clamp((x - low) / (high - low), 0f, 1f);
        return t * t * (3f - 2f * t);
    }
}
