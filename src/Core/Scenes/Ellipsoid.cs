using System.Numerics;

namespace HandsOff.Core.Scenes;

/// <summary>An axis-aligned ellipsoid with the usual first-order distance (exact on the surface, close near it).</summary>
internal readonly struct Ellipsoid
{
    private readonly Vector3 _inverse;
    private readonly Vector3 _inverseSquare;

    public Ellipsoid(Vector3 center, Vector3 radii)
    {
        Center = center;
        Radii = radii;
        _inverse = Vector3.One / radii;
        _inverseSquare = _inverse * _inverse;
    }

    public Vector3 Center { get; }

    public Vector3 Radii { get; }

    /// <summary>The same ellipsoid, every radius grown by the amount.</summary>
    public Ellipsoid Grown(float amount) => new(Center, Radii + new Vector3(amount));

    public float Distance(Vector3 p)
    {
        Vector3 q = p - Center;
        float k0 = (q * _inverse).Length();
        float k1 = (q * _inverseSquare).Length();
        return k1 < 1e-6f ? -MathF.Min(Radii.X, MathF.Min(Radii.Y, Radii.Z)) : k0 * (k0 - 1f) / k1;
    }
}
