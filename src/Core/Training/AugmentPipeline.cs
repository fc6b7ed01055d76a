using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace HandsOff.Core.Training;

/// <summary>
/// Applies <see cref="AugmentDraw"/>s to a batch: the geometric part as one affine warp (bilinear, reflected at the
/// border), the colour part as one 3x4 matrix an image. Images drawn as identity pass through bit for bit. The warp is
/// differentiable once: enough for the generator's images; R1 is taken at its output.
/// </summary>
internal static class AugmentPipeline
{
    /// <summary>Augments with probability p. The caller disposes the result (the input itself comes back when nothing was drawn).</summary>
    /// <param name="images">[B,3,H,W] in [-1, 1].</param>
    /// <param name="p">Probability of each transformation.</param>
    /// <param name="random">The stream to draw from.</param>
    public static Tensor Apply(Tensor images, double p, ref SplitMix random)
    {
        if (p <= 0) return images;
        var draws = new AugmentDraw[images.shape[0]];
        for (int i = 0; i < draws.Length; i++) draws[i] = AugmentDraw.Next(ref random, p, (int)images.shape[3], (int)images.shape[2]);
        return Apply(images, draws);
    }

    /// <summary>Applies the draws, one an image.</summary>
    public static Tensor Apply(Tensor images, ReadOnlySpan<AugmentDraw> draws)
    {
        using var scope = NewDisposeScope();
        var x = Recolour(Warp(images, draws), draws);
        return ReferenceEquals(x, images) ? x : x.MoveToOuterDisposeScope();
    }

    private static Tensor Warp(Tensor images, ReadOnlySpan<AugmentDraw> draws)
    {
        var (chosen, index) = Chosen(draws, d => d.HasGeometry, images.device);
        if (chosen.Length == 0) return images;
        long height = images.shape[2], width = images.shape[3];
        var theta = new float[chosen.Length * 6];
        for (int i = 0; i < chosen.Length; i++)
        {
            // To affine_grid's coordinates: [-1, 1] over the image's extent.
            var m = draws[chosen[i]].OutputToInput;
            float[] rows = [m.M11, m.M21 * height / width, m.M31 * 2 / width, m.M12 * width / height, m.M22, m.M32 * 2 / height];
            rows.CopyTo(theta, i * 6);
        }

        var part = chosen.Length == draws.Length ? images : images.index_select(0, index);
        var grid = F.affine_grid(tensor(theta, [chosen.Length, 2, 3]).to(images.device), [chosen.Length, 3, height, width], align_corners: false);
        var warped = F.grid_sample(part, grid, GridSampleMode.Bilinear, GridSamplePaddingMode.Reflection, align_corners: false);
        return chosen.Length == draws.Length ? warped : images.index_copy(0, index, warped);
    }

    private static Tensor Recolour(Tensor images, ReadOnlySpan<AugmentDraw> draws)
    {
        var (chosen, index) = Chosen(draws, d => d.HasColour, images.device);
        if (chosen.Length == 0) return images;
        var matrix = new float[chosen.Length * 9];
        var offset = new float[chosen.Length * 3];
        for (int i = 0; i < chosen.Length; i++)
        {
            var m = draws[chosen[i]].Colour;
            float[] columns = [m.M11, m.M21, m.M31, m.M12, m.M22, m.M32, m.M13, m.M23, m.M33];
            columns.CopyTo(matrix, i * 9);
            float[] shift = [m.M41, m.M42, m.M43];
            shift.CopyTo(offset, i * 3);
        }

        var part = chosen.Length == draws.Length ? images : images.index_select(0, index);
        var flat = part.reshape(chosen.Length, 3, -1);
        var mixed = bmm(tensor(matrix, [chosen.Length, 3, 3]).to(images.device), flat).Plus(tensor(offset, [chosen.Length, 3, 1]).to(images.device));
        var coloured = mixed.reshape(part.shape);
        return chosen.Length == draws.Length ? coloured : images.index_copy(0, index, coloured);
    }

    private static (int[] Chosen, Tensor Index) Chosen(ReadOnlySpan<AugmentDraw> draws, Func<AugmentDraw, bool> has, Device device)
    {
        var chosen = new List<int>();
        for (int i = 0; i < draws.Length; i++)
            if (has(draws[i])) chosen.Add(i);
        return ([.. chosen], tensor(chosen.Select(i => (long)i).ToArray()).to(device));
    }
}
