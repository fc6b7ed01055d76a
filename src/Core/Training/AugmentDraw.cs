using System.Numerics;

namespace HandsOff.Core.Training;

/// <summary>
/// One image's random augmentation: the "bgc" set of ADA (Karras et al. 2020, appendix B): pixel blitting, general
/// geometry and colour, each transformation applied with probability p.
/// </summary>
internal readonly record struct AugmentDraw(Matrix3x2 OutputToInput, Matrix4x4 Colour)
{
    private const float Ln2 = 0.693147181f;
    private static readonly Vector3 Luma = Vector3.Normalize(Vector3.One);

    public bool HasGeometry => OutputToInput != Matrix3x2.Identity;

    public bool HasColour => Colour != Matrix4x4.Identity;

    /// <summary>
    /// Draws. <see cref="OutputToInput"/> takes an output pixel to the input pixel it shows, both from the image's centre,
    /// in pixels (row vectors); <see cref="Colour"/> takes an RGB row vector in [-1, 1] to the new one.
    /// </summary>
    public static AugmentDraw Next(ref SplitMix random, double p, int width, int height) =>
        p <= 0 ? new AugmentDraw(Matrix3x2.Identity, Matrix4x4.Identity) : new AugmentDraw(Geometry(ref random, p, width, height), ColourOf(ref random, p));

    private static Matrix3x2 Geometry(ref SplitMix random, double p, int width, int height)
    {
        // The image undergoes T1, T2, ... in this order, so an output pixel goes back through ..., T2^-1, T1^-1: new inverses multiply from the left.
        var back = Matrix3x2.Identity;
        if (random.Uniform() < p && random.Below(2) == 1) back = Matrix3x2.CreateScale(-1, 1) * back;
        if (random.Uniform() < p) back = QuarterTurn(random.Below(4)) * back;
        if (random.Uniform() < p)
        {
            float x = (float)Math.Round((random.Uniform() * 2 - 1) * 0.125 * width), y = (float)Math.Round((random.Uniform() * 2 - 1) * 0.125 * height);
            back = Matrix3x2.CreateTranslation(-x, -y) * back;
        }

        if (random.Uniform() < p) back = Matrix3x2.CreateScale(1 / LogNormal(ref random, 0.2f)) * back;

        // Two rotations around the anisotropic scaling: together one happens with probability p.
        double rotate = 1 - Math.Sqrt(1 - Math.Min(p, 1));
        if (random.Uniform() < rotate) back = Matrix3x2.CreateRotation(Angle(ref random)) * back;
        if (random.Uniform() < p)
        {
            float s = LogNormal(ref random, 0.2f);
            back = Matrix3x2.CreateScale(1 / s, s) * back;
        }

        if (random.Uniform() < rotate) back = Matrix3x2.CreateRotation(Angle(ref random)) * back;
        if (random.Uniform() < p)
            back = Matrix3x2.CreateTranslation(-(float)random.Normal() * 0.125f * width, -(float)random.Normal() * 0.125f * height) * back;
        return back;
    }

    private static Matrix4x4 ColourOf(ref SplitMix random, double p)
    {
        var c = Matrix4x4.Identity;
        if (random.Uniform() < p) c *= Matrix4x4.CreateTranslation(new Vector3((float)random.Normal() * 0.2f));
        if (random.Uniform() < p) c *= Matrix4x4.CreateScale(LogNormal(ref random, 0.5f));
        if (random.Uniform() < p && random.Below(2) == 1) c *= AlongLuma(-1, 1);
        if (random.Uniform() < p) c *= Matrix4x4.CreateFromAxisAngle(Luma, Angle(ref random));
        if (random.Uniform() < p) c *= AlongLuma(1, LogNormal(ref random, 1));
        return c;
    }

    // along * (v v^T) + across * (I - v v^T), v the grey axis.
    private static Matrix4x4 AlongLuma(float along, float across)
    {
        float off = (along - across) / 3, on = across + off;
        return new Matrix4x4(on, off, off, 0, off, on, off, 0, off, off, on, 0, 0, 0, 0, 1);
    }

    private static Matrix3x2 QuarterTurn(int turns) => turns switch
    {
        1 => new Matrix3x2(0, 1, -1, 0, 0, 0),
        2 => new Matrix3x2(-1, 0, 0, -1, 0, 0),
        3 => new Matrix3x2(0, -1, 1, 0, 0, 0),
        _ => Matrix3x2.Identity,
    };

    private static float Angle(ref SplitMix random) => (float)((random.Uniform() * 2 - 1) * Math.PI);

    private static float LogNormal(ref SplitMix random, float octaves) => MathF.Exp((float)random.Normal() * octaves * Ln2);
}
