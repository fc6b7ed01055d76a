namespace HandsOff.Core.Labeling.Training;

/// <summary>One photograph's labels at the labeler's size: what the schema lacks is null.</summary>
/// <param name="Mask">Height*Width class ids, 255 = ignore.</param>
/// <param name="Depth">Height*Width values in the schema's unit, 0 = invalid.</param>
/// <param name="Keypoints">x, y, v a keypoint in label pixels.</param>
internal sealed record PhotographLabels(byte[]? Mask, float[]? Depth, float[]? Keypoints)
{
    /// <summary>Labels of another size are brought to the labeler's: mask and depth by the nearest pixel, keypoints by scale.</summary>
    public static PhotographLabels Of(LabeledImage image, int width, int height)
    {
        double sx = (double)image.Width / width, sy = (double)image.Height / height;
        return new PhotographLabels(Nearest(image.Mask), Nearest(image.Depth), Scale(image.Keypoints));

        T[]? Nearest<T>(T[]? source)
        {
            if (source is null || (image.Width == width && image.Height == height)) return source;
            var target = new T[width * height];
            for (int y = 0; y < height; y++)
                for (int x = 0; x < width; x++)
                    target[(y * width) + x] = source[((int)((y + 0.5) * sy) * image.Width) + (int)((x + 0.5) * sx)];
            return target;
        }

        // Pixel centres lie at integers, so edges at -0.5.
        float[]? Scale(float[]? points)
        {
            if (points is null) return null;
            var scaled = (float[])points.Clone();
            for (int i = 0; i < scaled.Length; i += 3)
            {
                scaled[i] = (float)(((points[i] + 0.5) / sx) - 0.5);
                scaled[i + 1] = (float)(((points[i + 1] + 0.5) / sy) - 0.5);
            }

            return scaled;
        }
    }
}
