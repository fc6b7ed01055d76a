using System.Numerics;

namespace HandsOff.Core.Scenes;

/// <summary>A rigid frame: an orthonormal basis at an origin, and the way between it and the world.</summary>
internal readonly struct Frame(Vector3 origin, Vector3 right, Vector3 up, Vector3 back)
{
    public Vector3 Origin => origin;
    public Vector3 Right => right;
    public Vector3 Up => up;

    /// <summary>The third axis: towards the viewer for a camera, out of the face for a head.</summary>
    public Vector3 Back => back;

    public Vector3 DirectionToLocal(Vector3 v) => new(Vector3.Dot(v, right), Vector3.Dot(v, up), Vector3.Dot(v, back));

    public Vector3 DirectionToWorld(Vector3 v) => right * v.X + up * v.Y + back * v.Z;

    public Vector3 ToLocal(Vector3 p) => DirectionToLocal(p - origin);

    public Vector3 ToWorld(Vector3 p) => origin + DirectionToWorld(p);

    /// <summary>The frame turned by yaw about y, pitch about x, roll about z (radians; applied roll first).</summary>
    public static Frame Turned(Vector3 origin, float yaw, float pitch, float roll)
    {
        var q = Quaternion.CreateFromYawPitchRoll(yaw, pitch, roll);
        return new Frame(origin, Vector3.Transform(Vector3.UnitX, q), Vector3.Transform(Vector3.UnitY, q), Vector3.Transform(Vector3.UnitZ, q));
    }
}
