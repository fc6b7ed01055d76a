using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Labeling;

/// <summary>From heatmaps to sub-pixel points with COCO visibility.</summary>
internal static class KeypointDecoder
{
    private const int Iterations = 8;

    /// <summary>
    /// Outputs [M, 2K, P]. Returns the members' mean heatmaps (after the sigmoid) [K, P], mean visibility [K, P] and the
    /// heatmaps' ensemble variance summed over keypoints [P].
    /// </summary>
    public static (Tensor Heat, Tensor Visible, Tensor Variance) Merge(Tensor outputs)
    {
        using var scope = NewDisposeScope();
        long keypoints = outputs.shape[1] / 2;
        var shares = outputs.sigmoid();
        var heat = shares.narrow(1, 0, keypoints);
        var mean = heat.mean([0L]);
        var variance = (heat - mean).Squared().mean([0L]).sum(dim: 0);
        return (mean.MoveToOuterDisposeScope(), shares.narrow(1, keypoints, keypoints).mean([0L]).MoveToOuterDisposeScope(), variance.MoveToOuterDisposeScope());
    }

    /// <summary>
    /// Heat and visible [B, K, H, W]. The peak is refined by mean shift: the heatmap's centroid under a Gaussian window
    /// that moves to the centroid; for a Gaussian peak it converges to the true centre between pixels. A keypoint whose
    /// peak stays below its threshold is absent (0, 0, 0); else v = 2 where the mean visibility at the peak is one half
    /// or more, 1 where it is less. Returns [B, K, 3].
    /// </summary>
    public static Tensor Locate(Tensor heat, Tensor visible, double sigma, Tensor thresholds)
    {
        using var scope = NewDisposeScope();
        long b = heat.shape[0], k = heat.shape[1], h = heat.shape[2], w = heat.shape[3];
        var flat = heat.reshape(b, k, h * w);
        var (peak, at) = flat.max(2);
        var peakY = at.div(Scalars.Of(w), RoundingMode.floor);
        var peakX = at - peakY.mul(Scalars.Of(w));

        int radius = (int)Math.Ceiling(3 * sigma);
        var offsets = arange(Scalars.Of(-radius), Scalars.Of(radius + 1), Scalars.One, ScalarType.Int64, heat.device);
        var ys = peakY.unsqueeze(2).Plus(offsets);
        var xs = peakX.unsqueeze(2).Plus(offsets);
        var inY = ys.ge(Scalars.Of(0)).logical_and(ys.lt(Scalars.Of(h)));
        var inX = xs.ge(Scalars.Of(0)).logical_and(xs.lt(Scalars.Of(w)));
        var index = ys.clamp(Scalars.Of(0), Scalars.Of(h - 1)).mul(Scalars.Of(w)).unsqueeze(3).Plus(xs.clamp(Scalars.Of(0), Scalars.Of(w - 1)).unsqueeze(2)).view(b, k, -1);
        var window = flat.gather(2, index).view(b, k, offsets.shape[0], -1).mul(inY.unsqueeze(3)).mul_(inX.unsqueeze(2));

        var y = peakY.to(ScalarType.Float32);
        var x = peakX.to(ScalarType.Float32);
        var fy = ys.to(ScalarType.Float32);
        var fx = xs.to(ScalarType.Float32);
        for (int i = 0; i < Iterations; i++)
        {
            var ky = (fy - y.unsqueeze(2)).Squared().mul_(Scalars.Of(-0.5 / (sigma * sigma))).exp_().unsqueeze(3);
            var kx = (fx - x.unsqueeze(2)).Squared().mul_(Scalars.Of(-0.5 / (sigma * sigma))).exp_().unsqueeze(2);
            var weighted = window * ky * kx;
            var mass = weighted.sum([2, 3]).clamp_min_(Scalars.Of(1e-12));
            y = (weighted.sum(3) * fy).sum(2) / mass;
            x = (weighted.sum(2) * fx).sum(2) / mass;
        }

        var present = peak.ge(thresholds);
        var v = visible.reshape(b, k, h * w).gather(2, at.unsqueeze(2)).squeeze(2).ge(Scalars.Of(0.5)).to(ScalarType.Float32).add_(Scalars.One, Scalars.One);
        return stack([x * present, y * present, v * present], dim: 2).MoveToOuterDisposeScope();
    }
}
