using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Labeling;

/// <summary>From class logits of all members to the label of each pixel (mode vote) and its Jensen-Shannon divergence.</summary>
internal static class SegmentationDecoder
{
    /// <summary>
    /// Logits [M, C, P]. Returns votes [P] and mean-softmax classes [P] as bytes (ties go to the smallest id) and the
    /// divergence [P] in nats: H(mean softmax) - mean H(softmax).
    /// </summary>
    public static (Tensor Vote, Tensor MeanClass, Tensor Divergence) Decode(Tensor logits)
    {
        using var scope = NewDisposeScope();
        long members = logits.shape[0], classes = logits.shape[1], pixels = logits.shape[2];
        var choice = logits.argmax(1);
        var counts = zeros(classes, pixels, device: logits.device);
        counts.scatter_add_(0, choice, ones(members, pixels, device: logits.device));

        var logs = logits.log_softmax(1);
        var shares = logs.exp();
        var meanEntropy = logs.mul_(shares).sum(1).mean([0L]);
        var mean = shares.mean([0L]);
        // Named: a literal zero would bind to sum(ScalarType?).
        var entropy = mean.clamp_min(Scalars.Of(1e-30)).log_().mul_(mean).sum(dim: 0);
        var divergence = meanEntropy.sub_(entropy).clamp_min_(Scalars.Of(0));
        return (
            counts.argmax(0).to(ScalarType.Byte).MoveToOuterDisposeScope(),
            mean.argmax(0).to(ScalarType.Byte).MoveToOuterDisposeScope(),
            divergence.MoveToOuterDisposeScope());
    }
}
