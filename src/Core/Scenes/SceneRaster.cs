using System.Numerics;

namespace HandsOff.Core.Scenes;

/// <summary>
/// Makes pixels of one scene: a ray through each pixel's centre gives its labels; pixels that differ from a neighbour in
/// part or colour hold an edge and get a grid of rays more, the rest are smooth and keep their one.
/// </summary>
internal sealed class SceneRaster
{
    /// <summary>Half of the picture's height at one metre: the lens.</summary>
    public const float Lens = 0.159f;

    private const float LookAtHeight = -0.026f;

    /// <summary>Rays a side in a pixel that holds an edge.</summary>
    private const int EdgeGrid = 3;

    /// <summary>Neighbours that differ by more than this (of 255) hold an edge.</summary>
    private const float EdgeContrast = 20f;

    private readonly SceneParameters _scene;
    private readonly SceneField _field;
    private readonly Frame _camera;
    private readonly int _size;
    private readonly float _reuse;
    private readonly Vector3[] _colors;
    private readonly byte[] _mask;
    private readonly float[] _depth;

    public SceneRaster(SceneParameters scene, int size)
    {
        _scene = scene;
        _field = new SceneField(scene);
        _camera = Camera(scene);
        _size = size;
        // Rays of one pixel that meet the same part at about the same depth share their lighting.
        _reuse = 1.6f * Lens * scene.CameraDistance / size;
        _colors = new Vector3[size * size];
        _mask = new byte[size * size];
        _depth = new float[size * size];
    }

    public RenderedScene Render()
    {
        for (int y = 0, at = 0; y < _size; y++)
        {
            for (int x = 0; x < _size; x++, at++)
            {
                Vector3 direction = Direction(x, y);
                Hit hit = _field.Trace(_camera.Origin, direction, 0f);
                _colors[at] = Encode(hit.Any ? Color(hit, direction, Light(hit, direction)) : Backdrop(x, y));
                _mask[at] = (byte)hit.Part;
                _depth[at] = hit.Any ? -hit.Distance * Vector3.Dot(direction, _camera.Back) : 0f;
            }
        }

        var rgb = new byte[_size * _size * 3];
        for (int y = 0, at = 0; y < _size; y++)
        {
            for (int x = 0; x < _size; x++, at++)
            {
                Vector3 color = IsEdge(x, y) ? Encode(Edge(x, y)) : _colors[at];
                rgb[3 * at] = (byte)(color.X + 0.5f);
                rgb[3 * at + 1] = (byte)(color.Y + 0.5f);
                rgb[3 * at + 2] = (byte)(color.Z + 0.5f);
            }
        }

        return new RenderedScene(_size, _size, rgb, _mask, _depth, SceneKeypoints.Project(_field, _camera, _size, Lens));
    }

    private Vector3 Edge(int x, int y)
    {
        // Nothing in the pixel is much nearer than the nearest of its neighbourhood.
        float start = float.MaxValue;
        for (int ny = Math.Max(0, y - 1); ny <= Math.Min(_size - 1, y + 1); ny++)
        {
            for (int nx = Math.Max(0, x - 1); nx <= Math.Min(_size - 1, x + 1); nx++)
            {
                float depth = _depth[ny * _size + nx];
                if (depth > 0f) start = MathF.Min(start, depth - 0.02f);
            }
        }

        if (start == float.MaxValue) start = 0f;
        Span<(Hit Hit, Lighting Light)> known = stackalloc (Hit, Lighting)[EdgeGrid * EdgeGrid];
        int count = 0;
        Vector3 sum = default;
        for (int s = 0; s < EdgeGrid * EdgeGrid; s++)
        {
            float sx = x + (s % EdgeGrid + 0.5f) / EdgeGrid - 0.5f, sy = y + (s / EdgeGrid + 0.5f) / EdgeGrid - 0.5f;
            Vector3 direction = Direction(sx, sy);
            Hit hit = _field.Trace(_camera.Origin, direction, start);
            if (!hit.Any)
            {
                sum += Backdrop(sx, sy);
                continue;
            }

            int found = 0;
            while (found < count && !(known[found].Hit.Part == hit.Part && known[found].Hit.OnHead == hit.OnHead
                && MathF.Abs(known[found].Hit.Distance - hit.Distance) < _reuse)) found++;
            if (found == count) known[count++] = (hit, Light(hit, direction));
            sum += Color(hit, direction, known[found].Light);
        }

        return sum / (EdgeGrid * EdgeGrid);
    }

    private bool IsEdge(int x, int y)
    {
        int at = y * _size + x;
        return (x > 0 && Differ(at, at - 1)) || (x < _size - 1 && Differ(at, at + 1))
            || (y > 0 && Differ(at, at - _size)) || (y < _size - 1 && Differ(at, at + _size));
    }

    private bool Differ(int a, int b)
    {
        Vector3 d = Vector3.Abs(_colors[a] - _colors[b]);
        return _mask[a] != _mask[b] || MathF.Max(d.X, MathF.Max(d.Y, d.Z)) > EdgeContrast;
    }

    private Lighting Light(Hit hit, Vector3 direction) => _field.Light(_camera.Origin + direction * hit.Distance, direction, hit);

    private Vector3 Color(Hit hit, Vector3 direction, Lighting light) =>
        Vector3.Min(_field.Albedo(_camera.Origin + direction * hit.Distance, hit) * light.Multiply + light.Add, Vector3.One);

    private Vector3 Backdrop(float x, float y)
    {
        var offset = new Vector2((x + 0.5f) * 2f / _size - 1f, 1f - (y + 0.5f) * 2f / _size) - _scene.GlowCenter;
        return Vector3.Lerp(_scene.BackdropGlow, _scene.BackdropEdge, Sdf.Step(0f, 1f, offset.Length() / (1.25f * _scene.GlowRadius)));
    }

    private Vector3 Direction(float x, float y)
    {
        float u = (x + 0.5f) * 2f / _size - 1f, v = 1f - (y + 0.5f) * 2f / _size;
        return Vector3.Normalize(_camera.DirectionToWorld(new Vector3(u * Lens, v * Lens, -1f)));
    }

    private static Frame Camera(SceneParameters scene)
    {
        var frame = Frame.Turned(Vector3.Zero, scene.CameraYaw, -scene.CameraPitch, scene.CameraRoll);
        Vector3 target = new Vector3(0, LookAtHeight, 0) + frame.Right * scene.CameraShift.X + frame.Up * scene.CameraShift.Y;
        return new Frame(target + frame.Back * scene.CameraDistance, frame.Right, frame.Up, frame.Back);
    }

    /// <summary>Linear light in [0, 1] as sRGB in [0, 255].</summary>
    private static Vector3 Encode(Vector3 linear) => new(Encode(linear.X), Encode(linear.Y), Encode(linear.Z));

    private static float Encode(float linear)
    {
        float c = Math.Clamp(linear, 0f, 1f);
        return 255f * (c <= 0.0031308f ? 12.92f * c : 1.055f * MathF.Pow(c, 1f / 2.4f) - 0.055f);
    }
}
