using HandsOff.Core.Imaging;
using HandsOff.Core.Tensors;
using HandsOff.Core.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Evaluation.Downstream;

/// <summary>
/// Draws training batches: every draw is a pure function of (seed, position), so that a resumed run sees what the other
/// would have seen. One affine map an image serves pixels, masks, depth and keypoints.
/// </summary>
internal sealed class DenseAugmenter
{
    private const ulong Geometry = 11;
    private readonly DenseSet _set;
    private readonly DenseAugmentation _options;
    private readonly ulong _seed;
    private readonly DataOrder _order;
    private readonly bool _flips;

    public DenseAugmenter(DenseSet set, DenseAugmentation options, ulong seed)
    {
        (_set, _options, _seed) = (set, options, seed);
        _order = new DataOrder(set.Count, seed, mirror: false);
        _flips = options.Flip && (set.Keypoints is null || set.Schema.KeypointFlip.Count > 0);
    }

    /// <summary>Images at positions from..from+count-1, changed. In the caller's dispose scope.</summary>
    public DenseBatch Next(long from, int count, Device device)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        int[] indices = _order.Take(from, count).Indices;
        var at = tensor(indices.Select(i => (long)i).ToArray());
        var theta = new float[count * 6];
        var colour = new float[count * 3];
        var scales = new float[count];
        var keypoints = _set.Keypoints?.index_select(0, at).contiguous().data<float>().ToArray();
        for (int i = 0; i < count; i++) Draw(from + i, i, theta, colour, scales, keypoints);

        var grid = nn.functional.affine_grid(tensor(theta, [count, 2, 3]), [count, 3, _set.Height, _set.Width], align_corners: false);
        var images = Pixels.FromBytes(_set.Images.index_select(0, at));
        images = Recoloured(nn.functional.grid_sample(images, grid, mode: GridSampleMode.Bilinear, padding_mode: GridSamplePaddingMode.Border, align_corners: false), colour);

        Tensor? masks = null, depth = null, valid = null, known = null;
        if (_set.Masks is not null)
        {
            // Shifted by one, so that what lies outside (0) can be told from class 0.
            var moved = Nearest(_set.Masks.index_select(0, at).to(ScalarType.Float32).add_(Scalars.One, Scalars.One), grid).to(ScalarType.Int64);
            masks = where(moved.eq(Scalars.Of(0)), full_like(moved, Scalars.Of(MaskPalette.Ignore)), moved.Minus(1));
        }

        if (_set.Depth is not null && _set.Schema.Depth is { } info)
        {
            var moved = Nearest(_set.Depth.index_select(0, at), grid);
            valid = moved.gt(Scalars.Of(0)).to(ScalarType.Float32);
            known = Nearest(ones_like(moved), grid);
            depth = (moved / tensor(scales).view(-1, 1, 1)).Minus(info.Min).div_(Scalars.Of(info.Max - info.Min));
        }

        Tensor? Out(Tensor? t) => t?.to(device).MoveToOuterDisposeScope();
        return new DenseBatch(Out(images)!, Out(masks), Out(depth), Out(valid), Out(known), keypoints is null ? null : Out(tensor(keypoints, [count, _set.Schema.Keypoints.Count, 3])));
    }

    private static Tensor Nearest(Tensor maps, Tensor grid) =>
        nn.functional.grid_sample(maps.unsqueeze(1), grid, mode: GridSampleMode.Nearest, padding_mode: GridSamplePaddingMode.Zeros, align_corners: false).squeeze(1);

    /// <summary>Draws one image's map from output to input in the unit square's coordinates (-1 to 1), and moves its keypoints the other way.</summary>
    private void Draw(long position, int i, float[] theta, float[] colour, float[] scales, float[]? keypoints)
    {
        var random = new SplitMix(SplitMix.Key(_seed, Geometry, (ulong)position));
        double Around(double most) => most * (2 * random.Uniform() - 1);
        double flip = random.Uniform() < 0.5 && _flips ? -1 : 1;
        double angle = Around(_options.Rotate) * Math.PI / 180, scale = Math.Pow(1 + _options.Scale, Around(1));
        double sx = 2 * Around(_options.Shift), sy = 2 * Around(_options.Shift), ratio = (double)_set.Height / _set.Width;
        double cos = Math.Cos(angle) / scale, sin = Math.Sin(angle) / scale;
        double a = flip * cos, b = -sin * ratio, c = flip * sin / ratio, d = cos;
        float[] map = [(float)a, (float)b, (float)sx, (float)c, (float)d, (float)sy];
        map.CopyTo(theta, 6 * i);
        scales[i] = (float)scale;
        (colour[3 * i], colour[3 * i + 1], colour[3 * i + 2]) = ((float)Around(_options.Colour), (float)(1 + Around(_options.Colour)), (float)(1 + Around(2 * _options.Colour)));
        if (keypoints is null) return;

        int points = _set.Schema.Keypoints.Count, w = _set.Width, h = _set.Height;
        var own = keypoints.AsSpan(3 * points * i, 3 * points);
        float[] before = own.ToArray();
        double determinant = a * d - b * c;
        for (int k = 0; k < points; k++)
        {
            int from = flip < 0 ? _set.Schema.KeypointFlip[k] : k;
            double x = (2 * before[3 * from] + 1) / w - 1 - sx, y = (2 * before[3 * from + 1] + 1) / h - 1 - sy, v = before[3 * from + 2];
            double ox = ((d * x - b * y) / determinant + 1) * w / 2 - 0.5, oy = ((a * y - c * x) / determinant + 1) * h / 2 - 0.5;
            bool inside = ox >= -0.5 && oy >= -0.5 && ox <= w - 0.5 && oy <= h - 0.5;
            (own[3 * k], own[3 * k + 1], own[3 * k + 2]) = inside && v > 0 ? ((float)ox, (float)oy, (float)v) : (0, 0, 0);
        }
    }

    /// <summary>Contrast about the image's mean, brightness, and saturation about each pixel's gray.</summary>
    private static Tensor Recoloured(Tensor images, float[] colour)
    {
        var change = tensor(colour, [images.shape[0], 3, 1, 1]);
        var mean = images.mean([1L, 2L, 3L], keepdim: true);
        var x = ((images - mean) * change.narrow(1, 1, 1)).Plus(mean).Plus(change.narrow(1, 0, 1));
        var gray = x.mean([1L], keepdim: true);
        return ((x - gray) * change.narrow(1, 2, 1)).Plus(gray).clamp_(Scalars.Of(-1), Scalars.Of(1));
    }
}
