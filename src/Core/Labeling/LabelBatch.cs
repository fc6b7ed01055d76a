using static TorchSharp.torch;

namespace HandsOff.Core.Labeling;

/// <summary>
/// The labels of a batch, on the labeler's device; owns its tensors. Mask [B, H, W] bytes (class ids), Depth [B, H, W]
/// Int32 (the schema's integers, 0 invalid), Keypoints [B, K, 3] float (x, y in label pixels, visibility 0, 1, 2);
/// null where the labeler has no such head.
/// </summary>
public sealed class LabelBatch : IDisposable
{
    public Tensor? Mask { get; init; }

    /// <summary>[B, H, W] bytes: the class of the largest mean softmax, beside the mode vote of <see cref="Mask"/>.</summary>
    public Tensor? MeanSoftmaxMask { get; init; }

    public Tensor? Depth { get; init; }

    public Tensor? Keypoints { get; init; }

    /// <summary>[B] image scores: weighted sum over heads of the mean of the most uncertain tenth of the pixels.</summary>
    public required Tensor Score { get; init; }

    /// <summary>[B, heads, H, W] per-pixel uncertainty in the heads' order, unweighted: Jensen-Shannon divergence in nats, or ensemble variance.</summary>
    public required Tensor Uncertainty { get; init; }

    /// <summary>[B, heads] mean of each head's most uncertain tenth of the pixels, unweighted.</summary>
    public required Tensor HeadScores { get; init; }

    public void Dispose()
    {
        Mask?.Dispose();
        MeanSoftmaxMask?.Dispose();
        Depth?.Dispose();
        Keypoints?.Dispose();
        Score.Dispose();
        Uncertainty.Dispose();
        HeadScores.Dispose();
    }
}
