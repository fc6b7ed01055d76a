using System.Numerics;

namespace HandsOff.Core.Scenes;

/// <summary>A knitted beanie with its turned-up band, or a cap with a visor.</summary>
internal sealed class HatShape
{
    private static readonly Vector3 Up = Vector3.Normalize(new Vector3(0, 1, 0.22f));

    private readonly Ellipsoid _dome;
    private readonly Ellipsoid _band;
    private readonly Ellipsoid _visor;
    private readonly bool _beanie;

    public HatShape(SceneParameters scene, float width)
    {
        _beanie = scene.Hat == HatStyle.Beanie;
        float hair = 0.006f + 0.008f * scene.HairVolume;
        var center = new Vector3(0, 0.036f, -0.016f);
        _dome = new Ellipsoid(center, new(0.092f * width + hair, (_beanie ? 0.114f : 0.104f) + hair, 0.104f + hair));
        _band = _dome.Grown(0.007f);
        _visor = new Ellipsoid(new(0, 0.062f, 0.105f), new(0.074f * width, 0.012f, 0.072f));
    }

    /// <summary>Height of p above the hat's rim; hair above it is inside the hat.</summary>
    public static float AboveRim(Vector3 p) => Vector3.Dot(p, Up) - 0.066f;

    public float Distance(Vector3 p)
    {
        float above = AboveRim(p);
        float d = Sdf.SmoothMax(_dome.Distance(p), -above, 0.008f);
        if (_beanie)
        {
            float band = Sdf.SmoothMax(_band.Distance(p), MathF.Abs(above - 0.010f) - 0.013f, 0.012f);
            return MathF.Min(d, band);
        }

        // The visor droops towards its tip.
        p.Y += 1.6f * (p.Z - 0.105f) * (p.Z - 0.105f) + 0.6f * p.X * p.X / 0.074f;
        return Sdf.SmoothMin(d, _visor.Distance(p), 0.006f);
    }

    /// <summary>True on the turned-up band or the visor, which are a shade darker.</summary>
    public bool OnTrim(Vector3 p) => _beanie ? AboveRim(p) < 0.0225f : _dome.Distance(p) > 0.004f;
}
