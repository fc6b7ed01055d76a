using HandsOff.Core.Evaluation.Downstream;
using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Evaluation.Experiments;

/// <summary>Images labelled by a network that was trained on others.</summary>
internal static class NetworkLabels
{
    private const int Batch = 32;

    /// <summary>The images of a set with a network's labels. The caller disposes it.</summary>
    /// <param name="network">Labels them.</param>
    /// <param name="images">Their own labels are not read.</param>
    /// <param name="confidence">Pixels whose likeliest class is less likely than this are marked 255, to be ignored; 0 keeps all.</param>
    /// <param name="cancel">Stops between batches.</param>
    public static DenseSet Of(DenseNetwork network, DenseSet images, double confidence = 0, CancellationToken cancel = default)
    {
        using var outer = NewDisposeScope();
        var (masks, points, depths) = (new List<Tensor>(), new List<Tensor>(), new List<Tensor>());
        for (long at = 0; at < images.Count; at += Batch)
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var (mask, keypoints, depth) = network.Label(images.Floats(at, Math.Min(Batch, images.Count - at), network.Device), holes: true, confidence);
            if (mask is not null) masks.Add(mask.cpu().MoveToOuterDisposeScope());
            if (keypoints is not null) points.Add(keypoints.cpu().MoveToOuterDisposeScope());
            if (depth is not null) depths.Add(depth.cpu().MoveToOuterDisposeScope());
        }

        static Tensor? Join(List<Tensor> parts) => parts.Count == 0 ? null : cat(parts, 0).contiguous().DetachFromDisposeScope();
        return new DenseSet(network.Config.Schema, images.Images.clone().DetachFromDisposeScope(), Join(masks), Join(depths), Join(points));
    }
}
