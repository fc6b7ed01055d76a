using System.Numerics;

namespace HandsOff.Core.Scenes;

/// <summary>Hair as a few blended ellipsoids around the skull, opened for the face by one that is cut away.</summary>
internal sealed class HairShape
{
    private const float Blend = 0.022f;

    private readonly (Ellipsoid Shape, bool Mirrored)[] _locks;
    private readonly Ellipsoid _opening;
    private readonly float _sweep;
    private readonly float _nape;

    private HairShape((Ellipsoid, bool)[] locks, Ellipsoid opening, float sweep, float nape)
    {
        _locks = locks;
        _opening = opening;
        _sweep = sweep;
        _nape = nape;
    }

    /// <summary>The hair of a scene on a skull of this half width; null when there is none.</summary>
    public static HairShape? Create(SceneParameters scene, float width)
    {
        float volume = scene.HairVolume;
        var cap = (new Ellipsoid(new(0, 0.036f, -0.018f), new(0.092f * width + 0.010f * volume, 0.100f + 0.008f * volume, 0.103f + 0.009f * volume)), false);
        var opening = new Ellipsoid(new(0, -0.046f, 0.098f), new(0.101f * width, 0.122f, 0.100f));
        float sweep = 0.18f * scene.HairSweep;
        return scene.Hair switch
        {
            HairStyle.Bald => null,
            HairStyle.Short => new([cap], opening, sweep * 0.4f, -0.012f),
            HairStyle.SidePart => new(
                [cap, (new Ellipsoid(new(0.030f * MathF.Sign(scene.HairSweep), 0.112f, 0.030f), new(0.058f, 0.026f * volume, 0.062f)), false)],
                new Ellipsoid(new(0, -0.054f, 0.100f), opening.Radii), 0.30f * MathF.Sign(scene.HairSweep), -0.020f),
            HairStyle.Bob => new(
                [cap, (new Ellipsoid(new(0, -0.030f, -0.045f), new(0.100f * width + 0.008f * volume, 0.095f, 0.065f)), false),
                 (new Ellipsoid(new(0.091f * width, -0.042f, -0.005f), new(0.024f * volume, 0.070f, 0.042f)), true)],
                opening, sweep, -0.105f),
            HairStyle.Long => new(
                [cap, (new Ellipsoid(new(0, -0.085f, -0.055f), new(0.102f * width + 0.008f * volume, 0.150f, 0.055f)), false),
                 (new Ellipsoid(new(0.093f * width, -0.080f, -0.010f), new(0.022f * volume, 0.115f, 0.036f)), true)],
                opening, sweep, -0.240f),
            HairStyle.Bun => new(
                [cap, (new Ellipsoid(new(0, 0.134f, -0.022f), new(0.038f * volume, 0.033f * volume, 0.038f)), false)],
                new Ellipsoid(new(0, -0.040f, 0.100f), opening.Radii), 0, -0.030f),
            _ => new(
                [(new Ellipsoid(new(0, 0.048f, -0.022f), new(0.132f * volume, 0.118f * volume, 0.112f)), false)],
                new Ellipsoid(new(0, -0.050f, 0.112f), opening.Radii), 0, -0.055f),
        };
    }

    /// <summary>
    /// Signed distance in head space; <paramref name="mirrored"/> is p with |x|. Where it exceeds <paramref name="limit"/>
    /// for certain it is not worked out, and the limit comes back.
    /// </summary>
    public float Distance(Vector3 p, Vector3 mirrored, float limit)
    {
        // A sheared opening is a slanted hairline.
        float cut = -_opening.Distance(new Vector3(p.X, p.Y + _sweep * p.X, p.Z));
        float below = _nape - mirrored.Y - 0.25f * MathF.Max(0f, p.Z);
        if (cut > limit || below > limit) return limit;
        float d = _locks[0].Shape.Distance(p);
        for (int i = 1; i < _locks.Length; i++) d = Sdf.SmoothMin(d, _locks[i].Shape.Distance(_locks[i].Mirrored ? mirrored : p), Blend);
        return Sdf.SmoothMax(Sdf.SmoothMax(d, cut, 0.014f), below, 0.012f);
    }
}
