using System.Numerics;

namespace HandsOff.Core.Scenes;

/// <summary>Neck, shoulders and clothes as a signed distance in world space (head's centre at the origin when it is upright); metres.</summary>
internal sealed class TorsoField
{
    private readonly Ellipsoid _chest;
    private readonly Vector3 _shoulder, _inner;
    private readonly SceneParameters _scene;

    public TorsoField(SceneParameters scene)
    {
        _scene = scene;
        float width = scene.ShoulderWidth;
        _chest = new Ellipsoid(new(0, -0.330f, -0.030f), new(0.165f * width, 0.165f, 0.085f));
        _inner = new Vector3(0.030f, -0.205f, -0.035f);
        _shoulder = new Vector3(0.140f * width, -0.245f, -0.035f);
    }

    /// <summary>A sphere around the part that can be seen.</summary>
    public static (Vector3 Center, float Radius) Bounds => (new Vector3(0, -0.27f, -0.03f), 0.245f);

    /// <summary>Where the neck meets the clothes in front.</summary>
    public static Vector3 NeckBase => new(0, -0.168f, 0.012f);

    /// <summary>Signed distance and the nearest part at p.</summary>
    public float Distance(Vector3 p, out ScenePart part)
    {
        var side = new Vector3(MathF.Abs(p.X), p.Y, p.Z);
        float neck = Neck(p);
        float body = Sdf.SmoothMin(_chest.Distance(p), Sdf.Capsule(side, _inner, _shoulder, 0.050f), 0.050f);
        float clothes = _scene.NeckLine == NeckLine.Crew ? body : Sdf.SmoothMin(body, Collar(p), 0.012f);
        part = clothes < neck ? ScenePart.Clothes : ScenePart.Skin;
        return MathF.Min(neck, clothes);
    }

    /// <summary>The surface colour at p in linear light: the neckline is a darker shade of the garment.</summary>
    public Vector3 Color(Vector3 p, ScenePart part)
    {
        if (part == ScenePart.Skin) return _scene.SkinColor;
        bool trim = _scene.NeckLine == NeckLine.Crew ? Neck(p) < 0.017f : Collar(p) < 0.004f;
        return trim ? _scene.ClothesColor * 0.66f : _scene.ClothesColor;
    }

    private float Collar(Vector3 p)
    {
        // Rings around the neck's axis, tilted down to the front.
        Vector3 q = p - new Vector3(0, -0.172f, -0.030f);
        q.Y += 0.35f * q.Z;
        float radial = MathF.Sqrt(q.X * q.X + q.Z * q.Z);
        if (_scene.NeckLine == NeckLine.Hood)
        {
            float ring = radial - 0.066f;
            return MathF.Sqrt(ring * ring + q.Y * q.Y) - 0.021f;
        }

        return MathF.Max(MathF.Abs(radial - 0.047f) * 0.9f, MathF.Abs(q.Y - 0.010f) - 0.022f) - 0.005f;
    }

    private static float Neck(Vector3 p) => Sdf.Capsule(p, new(0, -0.06f, -0.022f), new(0, -0.220f, -0.035f), 0.043f);
}
