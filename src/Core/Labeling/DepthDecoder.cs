using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Labeling;

/// <summary>From normalised depth and validity logits of all members to stored integers and the ensemble's variance.</summary>
internal static class DepthDecoder
{
    /// <summary>
    /// Outputs [M, 2, P]. Returns depth [P] as Int32 in the schema's scale (0 where the mean validity is below one half)
    /// and the variance [P] of the normalised depth over the members (0 where invalid).
    /// </summary>
    public static (Tensor Depth, Tensor Variance) Decode(Tensor outputs, DepthInfo info)
    {
        using var scope = NewDisposeScope();
        var values = outputs.select(1, 0).clamp(Scalars.Of(0), Scalars.Of(1));
        var valid = outputs.select(1, 1).sigmoid().mean([0L]).ge(Scalars.Of(0.5));
        var mean = values.mean([0L]);
        var variance = (values - mean).Squared().mean([0L]).mul_(valid);
        var stored = mean.mul(Scalars.Of((info.Max - info.Min) * info.Scale)).add_(Scalars.Of(info.Min * info.Scale), Scalars.One).round_().clamp_(Scalars.Of(1), Scalars.Of(65535)).mul_(valid);
        return (stored.to(ScalarType.Int32).MoveToOuterDisposeScope(), variance.MoveToOuterDisposeScope());
    }
}
