using System.Numerics;

namespace HandsOff.Core.Scenes;

/// <summary>Two rims, a bridge and two arms; given one side (|x|), the other follows.</summary>
internal sealed class GlassesShape
{
    private const float Tube = 0.0040f;

    private readonly Vector3 _center;
    private readonly Vector2 _half;
    private readonly float _corner;

    /// <summary>Frames before the eye (image-right side) at <paramref name="eye"/>.</summary>
    public GlassesShape(GlassesStyle style, Vector3 eye)
    {
        _center = new Vector3(0.0400f, eye.Y - 0.001f, eye.Z + 0.020f);
        (_half, _corner) = style == GlassesStyle.Round ? (new Vector2(0.0280f, 0.0280f), 0.0279f) : (new Vector2(0.0300f, 0.0235f), 0.008f);
    }

    public float Distance(Vector3 mirrored)
    {
        Vector3 q = mirrored - _center;
        // Rims follow the face around: the outer edge sits further back.
        q.Z += 0.25f * MathF.Max(0f, q.X);
        float ax = MathF.Abs(q.X) - _half.X + _corner, ay = MathF.Abs(q.Y) - _half.Y + _corner;
        float outside = MathF.Sqrt(MathF.Max(ax, 0) * MathF.Max(ax, 0) + MathF.Max(ay, 0) * MathF.Max(ay, 0));
        float flat = outside + MathF.Min(MathF.Max(ax, ay), 0f) - _corner;
        float rim = MathF.Sqrt(flat * flat + q.Z * q.Z) - Tube;
        float bridge = Sdf.Capsule(mirrored, new(0, _center.Y + 0.007f, _center.Z + 0.002f), new(_center.X - _half.X + 0.001f, _center.Y + 0.004f, _center.Z), 0.0032f);
        float arm = Sdf.Capsule(
            mirrored, new(_center.X + _half.X, _center.Y + 0.006f, _center.Z - 0.25f * _half.X), new(0.096f, _center.Y + 0.008f, -0.005f), 0.0030f);
        return MathF.Min(rim, MathF.Min(bridge, arm));
    }
}
