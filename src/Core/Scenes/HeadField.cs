using System.Numerics;

namespace HandsOff.Core.Scenes;

/// <summary>
/// The head as a signed distance in its own space: origin between the ears, x to the image's right when frontal (the
/// character's left), y up, z out of the face; metres. Paired parts are built once, for x &gt; 0.
/// </summary>
internal sealed class HeadField
{
    private readonly Ellipsoid _skull, _jaw, _ear, _eye, _lid, _nose, _mouth, _mouthHole;
    private readonly Vector3 _noseTop, _browInner, _browMiddle, _browOuter, _features;
    private readonly float _browRadius, _mouthBend, _mouthCurl, _lidHeight;
    private readonly HairShape? _hair;
    private readonly HatShape? _hat;
    private readonly GlassesShape? _glasses;
    private readonly SceneParameters _scene;

    public HeadField(SceneParameters scene)
    {
        _scene = scene;
        float width = scene.FaceWidth;
        _skull = new Ellipsoid(new(0, 0.034f, -0.014f), new(0.090f * width, 0.098f, 0.099f));
        _jaw = new Ellipsoid(new(0, -0.040f, 0.012f), new(0.079f * scene.JawWidth, 0.078f, 0.080f));
        _ear = new Ellipsoid(new(0.092f * width, -0.014f, -0.010f), new(0.014f, 0.025f, 0.017f));

        Vector3 eye = OnFace(scene.EyeSpacing, 0.000f, -0.0055f);
        float size = scene.EyeSize;
        _eye = new Ellipsoid(eye, new(0.0225f * size, 0.0235f * size, 0.0150f));
        _lid = _eye.Grown(0.0028f);
        _lidHeight = eye.Y + size * (0.0050f + 0.0155f * scene.EyeOpen);

        float browY = scene.BrowHeight;
        _browInner = OnFace(0.0160f, browY - scene.BrowTilt, 0.0015f);
        _browMiddle = OnFace(0.0360f, browY + 0.0055f, 0.0015f);
        _browOuter = OnFace(0.0565f, browY - 0.0035f + 0.5f * scene.BrowTilt, 0.0015f);
        _browRadius = scene.BrowThickness;

        float noseY = -0.030f + scene.NoseLength;
        Vector3 nose = OnFace(0, noseY, 0.0065f);
        _nose = new Ellipsoid(nose, new(0.0150f * scene.NoseWidth, 0.0135f, 0.0165f));
        _noseTop = OnFace(0, 0.004f, -0.002f);

        float mouthY = -0.072f;
        float half = scene.MouthWidth;
        Vector3 middle = OnFace(0, mouthY, 0f), corner = OnFace(half, mouthY, 0f);
        _mouthBend = (middle.Z - corner.Z) / (half * half);
        _mouthCurl = scene.Smile * 0.0145f / (half * half);
        float open = scene.MouthOpen;
        _mouth = new Ellipsoid(middle - new Vector3(0, 0.003f * open, 0.0015f), new(half, 0.0095f + 0.0070f * open, 0.0085f));
        _mouthHole = new Ellipsoid(_mouth.Center, new(half * 0.80f, 0.0015f + 0.0105f * open, 0.02f));

        _features = new Vector3(0, -0.018f, 0.080f);
        _hair = HairShape.Create(scene, width);
        _hat = scene.Hat == HatStyle.None ? null : new HatShape(scene, width);
        _glasses = scene.Glasses == GlassesStyle.None ? null : new GlassesShape(scene.Glasses, eye);
    }

    /// <summary>A sphere around everything in head space.</summary>
    public static (Vector3 Center, float Radius) Bounds => (new Vector3(0, -0.02f, 0.005f), 0.235f);

    public Ellipsoid Eye => _eye;

    public Ellipsoid Nose => _nose;

    public Ellipsoid Ear => _ear;

    /// <summary>Where the mouth's corner is for x = +half width (mirror for the other).</summary>
    public Vector3 MouthCorner => MouthPoint(0.93f * _mouth.Radii.X);

    public Vector3 MouthMiddle => MouthPoint(0);

    /// <summary>The lowest point of the jaw's midline, a little to the front.</summary>
    public Vector3 Chin => _jaw.Center + new Vector3(0, -0.93f * _jaw.Radii.Y, 0.367f * _jaw.Radii.Z);

    /// <summary>Signed distance and the nearest part at p.</summary>
    public float Distance(Vector3 p, out ScenePart part) => Distance(p, true, out part);

    /// <summary>Signed distance without the small parts.</summary>
    public float Coarse(Vector3 p) => Distance(p, false, out _);

    private float Distance(Vector3 p, bool fine, out ScenePart part)
    {
        var side = new Vector3(MathF.Abs(p.X), p.Y, p.Z);
        float best = Sdf.SmoothMin(Bare(p), _ear.Distance(side), 0.010f);
        part = ScenePart.Skin;

        float near = (p - _features).Length() - 0.088f;
        if (near > 0.012f) best = MathF.Min(best, near);
        else best = Features(p, side, best, fine, ref part);

        if (_hair is not null)
        {
            float d = _hair.Distance(p, side, best);
            if (_hat is not null) d = Sdf.SmoothMax(d, HatShape.AboveRim(p) - 0.004f, 0.006f);
            if (d < best) (best, part) = (d, ScenePart.Hair);
        }

        if (_hat is not null)
        {
            float d = _hat.Distance(p);
            if (d < best) (best, part) = (d, ScenePart.Hat);
        }

        if (fine && _glasses is not null && MathF.Abs(p.Y - _eye.Center.Y) - 0.034f < best)
        {
            float d = _glasses.Distance(side);
            if (d < best) (best, part) = (d, ScenePart.Glasses);
        }

        return best;
    }

    /// <summary>How much a part shines.</summary>
    public static float Gloss(ScenePart part) => part switch
    {
        ScenePart.Eyes => 0.35f,
        ScenePart.Glasses => 0.08f,
        ScenePart.Hair => 0.16f,
        ScenePart.Mouth => 0.22f,
        ScenePart.Hat => 0.03f,
        _ => 0.09f,
    };

    /// <summary>The surface colour at p (linear light).</summary>
    public Vector3 Color(Vector3 p, ScenePart part)
    {
        return part switch
        {
            ScenePart.Hair => _scene.HairColor,
            ScenePart.Eyes => EyeColor(p),
            ScenePart.Brows => Vector3.Lerp(Palette.Brow, _scene.HairColor, 0.45f),
            ScenePart.Mouth => MouthColor(p),
            ScenePart.Glasses => _scene.FrameColor,
            ScenePart.Hat => _hat!.OnTrim(p) ? _scene.HatColor * 0.62f : _scene.HatColor,
            ScenePart.Nose => Vector3.Lerp(_scene.SkinColor, _scene.SkinColor * new Vector3(1.05f, 0.80f, 0.74f), 0.55f),
            _ => Cheeks(p),
        };
    }

    private float Features(Vector3 p, Vector3 side, float best, bool fine, ref ScenePart part)
    {
        float nose = Sdf.SmoothMin(_nose.Distance(p), Sdf.Capsule(p, _noseTop, _nose.Center, 0.0065f), 0.014f);
        if (nose < best) part = ScenePart.Nose;
        best = Sdf.SmoothMin(best, nose, 0.007f);

        if (!fine) return best;

        // Each part lies in a band of heights: outside it by more than the best so far, it cannot matter.
        if (MathF.Abs(p.Y - _eye.Center.Y) - 0.028f < best)
        {
            float eye = _eye.Distance(side);
            if (eye < best) (best, part) = (eye, ScenePart.Eyes);

            // The upper lid slants down outwards a little; its last millimetres are the lashes, which count as eye.
            float cut = _lidHeight - 0.10f * (side.X - _eye.Center.X) - p.Y;
            float lid = MathF.Max(_lid.Distance(side), cut);
            if (lid < best) (best, part) = (lid, cut > -0.0036f ? ScenePart.Eyes : ScenePart.Skin);
        }

        if (MathF.Abs(p.Y - _browMiddle.Y) - 0.022f < best)
        {
            float brow = MathF.Min(Sdf.Capsule(side, _browInner, _browMiddle, _browRadius), Sdf.Capsule(side, _browMiddle, _browOuter, _browRadius * 0.85f));
            if (brow < best) (best, part) = (brow, ScenePart.Brows);
        }

        if (MathF.Abs(p.Y - _mouth.Center.Y) - 0.034f < best)
        {
            float mouth = _mouth.Distance(Unbent(p));
            if (mouth < best) (best, part) = (mouth, ScenePart.Mouth);
        }

        return best;
    }

    private float Bare(Vector3 p) => Sdf.SmoothMin(_skull.Distance(p), _jaw.Distance(p), 0.045f);

    /// <summary>The point of the bare face at (x, y), moved out by an offset along z.</summary>
    private Vector3 OnFace(float x, float y, float offset)
    {
        float low = 0f, high = 0.2f;
        for (int i = 0; i < 24; i++)
        {
            float middle = 0.5f * (low + high);
            if (Bare(new Vector3(x, y, middle)) < 0f) low = middle;
            else high = middle;
        }

        return new Vector3(x, y, low + offset);
    }

    /// <summary>Takes the mouth's bend around the face and its smile out of p.</summary>
    private Vector3 Unbent(Vector3 p)
    {
        float xx = MathF.Min(p.X * p.X, 0.0016f);
        return new Vector3(p.X, p.Y - _mouthCurl * (xx - 0.0002f), p.Z + _mouthBend * xx);
    }

    private Vector3 MouthPoint(float x)
    {
        float u = x / _mouth.Radii.X;
        float z = _mouth.Radii.Z * MathF.Sqrt(MathF.Max(0f, 1f - u * u));
        return new Vector3(x, _mouth.Center.Y + _mouthCurl * (x * x - 0.0002f), _mouth.Center.Z + z - _mouthBend * x * x);
    }

    private Vector3 EyeColor(Vector3 p)
    {
        float sign = p.X < 0 ? -1f : 1f;
        if (_lid.Distance(new Vector3(MathF.Abs(p.X), p.Y, p.Z)) < 0.0012f && _eye.Distance(new Vector3(MathF.Abs(p.X), p.Y, p.Z)) > 0.0009f) return Palette.Brow;
        var q = new Vector2(p.X - sign * _eye.Center.X, p.Y - _eye.Center.Y) - _scene.Gaze;
        float size = _scene.EyeSize;
        float r = q.Length() / size;
        var glint = q - new Vector2(0.0035f, 0.0048f) * size;
        Vector3 color = Vector3.Lerp(_scene.IrisColor * 1.1f, Palette.Sclera, Sdf.Step(0.0120f, 0.0136f, r));
        color = Vector3.Lerp(Palette.Pupil, color, Sdf.Step(0.0060f, 0.0076f, r));
        return Vector3.Lerp(Vector3.One * 1.3f, color, Sdf.Step(0.0024f, 0.0036f, glint.Length() / size));
    }

    private Vector3 MouthColor(Vector3 p)
    {
        Vector3 q = Unbent(p);
        float hole = _mouthHole.Distance(new Vector3(q.X, q.Y, _mouthHole.Center.Z));
        float inside = 1f - Sdf.Step(-0.0006f, 0.0012f, hole);
        float teeth = _scene.MouthOpen > 0 ? Sdf.Step(0.0000f, 0.0020f, q.Y - _mouth.Center.Y + 0.0005f) : 0f;
        return Vector3.Lerp(_scene.LipColor, Vector3.Lerp(Palette.MouthInside, Palette.Teeth, teeth), inside);
    }

    private Vector3 Cheeks(Vector3 p)
    {
        float dx = (MathF.Abs(p.X) - 0.048f) / 0.020f, dy = (p.Y + 0.040f) / 0.017f;
        float amount = p.Z < 0.02f ? 0f : 0.32f * MathF.Max(0f, 1f - 0.4f * (dx * dx + dy * dy));
        return Vector3.Lerp(_scene.SkinColor, _scene.SkinColor * new Vector3(1f, 0.55f, 0.52f), amount);
    }
}
