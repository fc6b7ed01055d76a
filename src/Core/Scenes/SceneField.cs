using System.Numerics;

namespace HandsOff.Core.Scenes;

/// <summary>A whole character in world space: a head turned on a torso, both sphere-traced inside bounding spheres.</summary>
internal sealed class SceneField
{
    private const float Epsilon = 0.0003f;
    private const float Grazing = 0.003f;
    private const int MaximumSteps = 48;
    private const float ShadowFloor = 0.4f;

    private readonly TorsoField _torso;
    private readonly SceneParameters _scene;
    private readonly Frame _headFrame;
    private readonly Vector3 _headCenter;

    public SceneField(SceneParameters scene)
    {
        _scene = scene;
        Head = new HeadField(scene);
        _torso = new TorsoField(scene);
        // The head turns about a point in the neck.
        var pivot = new Vector3(0, -0.075f, -0.020f);
        var turned = Frame.Turned(Vector3.Zero, scene.HeadTurn, scene.HeadNod, scene.HeadTilt);
        _headFrame = new Frame(pivot - turned.DirectionToWorld(pivot), turned.Right, turned.Up, turned.Back);
        _headCenter = _headFrame.ToWorld(HeadField.Bounds.Center);
    }

    public HeadField Head { get; }

    public Vector3 HeadToWorld(Vector3 p) => _headFrame.ToWorld(p);

    /// <summary>The first surface along a ray (world space, unit direction) that lies at least <paramref name="start"/> away.</summary>
    public Hit Trace(Vector3 origin, Vector3 direction, float start)
    {
        var hit = Hit.None;
        if (Enter(origin - _headCenter, direction, HeadField.Bounds.Radius, out float from, out float to))
        {
            Vector3 o = _headFrame.ToLocal(origin), d = _headFrame.DirectionToLocal(direction);
            from = MathF.Max(from, start);
            for (int i = 0; i < MaximumSteps && from < to; i++)
            {
                float distance = Head.Distance(o + d * from, out var part);
                // A ray that grazes a surface until the steps run out has met it, too.
                if (distance < Epsilon || (i == MaximumSteps - 1 && distance < Grazing))
                {
                    hit = new Hit(from, part, true);
                    break;
                }

                from += distance * 0.94f;
            }
        }

        if (Enter(origin - TorsoField.Bounds.Center, direction, TorsoField.Bounds.Radius, out from, out to))
        {
            from = MathF.Max(from, start);
            to = MathF.Min(to, hit.Distance);
            for (int i = 0; i < MaximumSteps && from < to; i++)
            {
                float distance = _torso.Distance(origin + direction * from, out var part);
                if (distance < Epsilon || (i == MaximumSteps - 1 && distance < Grazing)) return new Hit(from, part, false);
                from += distance * 0.94f;
            }
        }

        return hit;
    }

    /// <summary>The surface's own colour at p (linear light).</summary>
    public Vector3 Albedo(Vector3 p, Hit hit) => hit.OnHead ? Head.Color(_headFrame.ToLocal(p), hit.Part) : _torso.Color(p, hit.Part);

    /// <summary>What light (linear, unclamped) makes of the surface at p, seen along <paramref name="view"/>.</summary>
    public Lighting Light(Vector3 p, Vector3 view, Hit hit)
    {
        Vector3 normal = hit.OnHead ? _headFrame.DirectionToWorld(HeadNormal(_headFrame.ToLocal(p))) : TorsoNormal(p);
        float gloss = hit.OnHead ? HeadField.Gloss(hit.Part) : 0.02f;
        Vector3 light = _scene.LightDirection;
        float facing = Vector3.Dot(normal, light);
        float wrap = hit.Part is ScenePart.Skin or ScenePart.Nose ? 0.35f : 0.15f;
        float diffuse = MathF.Max(0f, (facing + wrap) / (1f + wrap));
        float shadow = diffuse > 0.02f ? Shadow(p + normal * 0.006f, light) : 1f;
        float occlusion = Occlusion(p, normal);

        Vector3 ambient = _scene.AmbientColor * ((0.72f + 0.28f * normal.Y) * occlusion);

        Vector3 half = Vector3.Normalize(light - view);
        float shine = MathF.Max(0f, Vector3.Dot(normal, half));
        shine *= shine;
        shine *= shine;
        shine *= shine;
        if (gloss > 0.3f) shine *= shine * shine;
        float edge = 1f - MathF.Max(0f, -Vector3.Dot(normal, view));
        float rim = hit.Part is ScenePart.Glasses or ScenePart.Hat ? 0f : edge * edge * edge * 0.14f * occlusion;
        return new Lighting(_scene.LightColor * (diffuse * shadow) + ambient, Vector3.One * (gloss * shine * shadow) + _scene.BackdropGlow * rim);
    }

    /// <summary>Signed distance of what casts shadows (no brows, eyes, mouth or glasses: their shadows are noise at these sizes).</summary>
    private float Distance(Vector3 p)
    {
        float torso = _torso.Distance(p, out _);
        float bound = (p - _headCenter).Length() - HeadField.Bounds.Radius;
        return bound > torso ? torso : MathF.Min(torso, Head.Coarse(_headFrame.ToLocal(p)));
    }

    private float Shadow(Vector3 p, Vector3 light)
    {
        // Soft and never black: hard shadows are noise at these sizes.
        float lit = 1f, t = 0.012f;
        for (int i = 0; i < 8; i++)
        {
            float d = Distance(p + light * t);
            lit = MathF.Min(lit, 0.5f + 0.5f * d / (0.24f * t));
            if (lit <= 0f) return ShadowFloor;
            t *= 1.42f;
        }

        return ShadowFloor + (1f - ShadowFloor) * Sdf.Step(0f, 1f, lit);
    }

    private float Occlusion(Vector3 p, Vector3 normal)
    {
        float near = 0.010f - Distance(p + normal * 0.010f), far = 0.035f - Distance(p + normal * 0.035f);
        return Math.Clamp(1f - 22f * MathF.Max(0f, near) - 9f * MathF.Max(0f, far), 0.25f, 1f);
    }

    // Gradient by four taps at a tetrahedron's corners.
    private Vector3 HeadNormal(Vector3 p)
    {
        const float h = 0.0008f;
        Vector3 a = new(1, -1, -1), b = new(-1, -1, 1), c = new(-1, 1, -1), d = new(1, 1, 1);
        return Vector3.Normalize(
            a * Head.Distance(p + a * h, out _) + b * Head.Distance(p + b * h, out _) + c * Head.Distance(p + c * h, out _) + d * Head.Distance(p + d * h, out _));
    }

    private Vector3 TorsoNormal(Vector3 p)
    {
        const float h = 0.0008f;
        Vector3 a = new(1, -1, -1), b = new(-1, -1, 1), c = new(-1, 1, -1), d = new(1, 1, 1);
        return Vector3.Normalize(
            a * _torso.Distance(p + a * h, out _) + b * _torso.Distance(p + b * h, out _) + c * _torso.Distance(p + c * h, out _) + d * _torso.Distance(p + d * h, out _));
    }

    private static bool Enter(Vector3 fromCenter, Vector3 direction, float radius, out float enter, out float leave)
    {
        float b = Vector3.Dot(fromCenter, direction);
        float discriminant = b * b - fromCenter.LengthSquared() + radius * radius;
        float root = MathF.Sqrt(MathF.Max(0f, discriminant));
        (enter, leave) = (MathF.Max(0f, -b - root), -b + root);
        return discriminant > 0f;
    }
}
