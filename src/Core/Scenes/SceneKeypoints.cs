using System.Numerics;

namespace HandsOff.Core.Scenes;

/// <summary>Projects a character's keypoints and tests which are hidden, by tracing a ray to each.</summary>
internal static class SceneKeypoints
{
    /// <summary>A point this far behind the first surface (metres) still counts as seen.</summary>
    private const float Tolerance = 0.006f;

    /// <summary>x, y, v a keypoint in <see cref="SceneSchema"/>'s order.</summary>
    public static float[] Project(SceneField field, Frame camera, int size, float lens)
    {
        var head = field.Head;
        Ellipsoid eye = head.Eye, ear = head.Ear, nose = head.Nose;
        Vector3 pupil = eye.Center + new Vector3(0, 0, eye.Radii.Z);
        // On the eyeball's surface towards the temple.
        Vector3 outer = eye.Center + eye.Radii * new Vector3(0.80f, 0f, 0.60f);
        Vector3 lobe = ear.Center + new Vector3(0.6f * ear.Radii.X, 0, 0.8f * ear.Radii.Z);
        ReadOnlySpan<Vector3> points =
        [
            pupil, Mirror(pupil), outer, Mirror(outer), nose.Center + new Vector3(0, 0, nose.Radii.Z),
            head.MouthCorner, Mirror(head.MouthCorner), head.MouthMiddle, head.Chin, lobe, Mirror(lobe),
        ];
        var result = new float[3 * (points.Length + 1)];
        for (int i = 0; i < points.Length; i++) Put(field.HeadToWorld(points[i]), i);
        Put(TorsoField.NeckBase, points.Length);
        return result;

        void Put(Vector3 world, int index)
        {
            Vector3 local = camera.ToLocal(world);
            float x = (local.X / (-local.Z * lens) + 1f) * 0.5f * size - 0.5f;
            float y = (1f - local.Y / (-local.Z * lens)) * 0.5f * size - 0.5f;
            bool inside = x >= -0.5f && y >= -0.5f && x < size - 0.5f && y < size - 0.5f;
            if (!inside) return;
            Vector3 way = world - camera.Origin;
            float distance = way.Length();
            Hit hit = field.Trace(camera.Origin, way / distance, 0f);
            // Glasses do not hide what one sees through or around them.
            bool hidden = hit.Distance < distance - Tolerance && hit.Part != ScenePart.Glasses;
            (result[3 * index], result[3 * index + 1], result[3 * index + 2]) = (x, y, hidden ? 1f : 2f);
        }
    }

    private static Vector3 Mirror(Vector3 p) => new(-p.X, p.Y, p.Z);
}
