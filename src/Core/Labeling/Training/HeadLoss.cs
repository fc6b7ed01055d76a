using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Labeling.Training;

/// <summary>Losses of the heads on a pixel batch, and their errors on held-out pixels.</summary>
internal sealed class HeadLoss : IDisposable
{
    private readonly TrainingSet _set;
    private readonly Tensor? _classWeights;

    public HeadLoss(TrainingSet set, double classBalance)
    {
        _set = set;
        if (set.Masks is null) return;
        using var scope = NewDisposeScope();

        // Frequency to minus the power, scaled so that the mean weight over pixels is one.
        double total = Math.Max(1, set.ClassCounts.Sum());
        double[] raw = [.. set.ClassCounts.Select(c => c == 0 ? 0 : Math.Pow(c / total, -classBalance))];
        double mean = raw.Zip(set.ClassCounts, (w, c) => w * c / total).Sum();
        _classWeights = tensor(raw.Select(w => w == 0 ? 1 : w / mean).ToArray(), ScalarType.Float32).to(set.Masks.device).DetachFromDisposeScope();
    }

    /// <summary>The head's training loss, a scalar.</summary>
    public Tensor Loss(HeadConfig head, Tensor outputs, PixelBatch batch)
    {
        switch (head.Kind)
        {
            case LabelKinds.Segmentation:
                return nn.functional.cross_entropy(outputs, _set.Masks!.index_select(0, batch.Index(_set).narrow(0, 0, batch.Uniform)), _classWeights, ignore_index: 255);
            case LabelKinds.Depth:
                var (target, valid) = Depth(batch);
                var distance = nn.functional.smooth_l1_loss(outputs.select(1, 0), target, nn.Reduction.None, beta: 0.05);
                var validity = nn.functional.binary_cross_entropy_with_logits(outputs.select(1, 1), valid);
                return ((distance * valid).sum().Times(10) / valid.sum().clamp_min(Scalars.One)).Plus(validity);
            default:
                return Heat(head, outputs, batch).sum();
        }
    }

    /// <summary>
    /// Sums of a held-out batch that <see cref="Error"/> makes the error of, [n]: intersections then unions by class;
    /// squared depth errors, valid pixels and wrong validity; heatmap loss and pixels.
    /// </summary>
    public Tensor Sums(HeadConfig head, Tensor outputs, PixelBatch batch)
    {
        switch (head.Kind)
        {
            case LabelKinds.Segmentation:
                var truth = _set.Masks!.index_select(0, batch.Index(_set));
                var known = truth.ne(Scalars.Of(255));
                long classes = outputs.shape[1];
                var guess = outputs.argmax(1);
                var confusion = bincount(truth.Times(classes).Plus(guess).masked_select(known), minlength: classes * classes).view(classes, classes).to(ScalarType.Float64);
                var both = confusion.diagonal();
                return cat([both, confusion.sum(dim: 0).Plus(confusion.sum(dim: 1)) - both]);
            case LabelKinds.Depth:
                var (target, valid) = Depth(batch);
                var squared = ((outputs.select(1, 0).clamp(Scalars.Of(0), Scalars.Of(1)) - target).Squared() * valid).sum();
                var wrong = outputs.select(1, 1).gt(Scalars.Of(0)).to(ScalarType.Float32).ne(valid).to(ScalarType.Float32).sum();
                return stack([squared, valid.sum(), wrong, tensor((float)batch.Uniform, device: outputs.device)]).to(ScalarType.Float64);
            default:
                return stack([Heat(head, outputs, batch).sum().Times(batch.Photograph.shape[0]), tensor((float)batch.Photograph.shape[0], device: outputs.device)]).to(ScalarType.Float64);
        }
    }

    /// <summary>The error: 1 - mean IoU over classes that occur; normalised RMSE plus the share of wrong validity; mean heatmap loss.</summary>
    public static double Error(HeadConfig head, double[] sums) => head.Kind switch
    {
        LabelKinds.Segmentation => 1 - Enumerable.Range(0, sums.Length / 2).Where(c => sums[c + sums.Length / 2] > 0).Select(c => sums[c] / sums[c + sums.Length / 2]).DefaultIfEmpty(0).Average(),
        LabelKinds.Depth => Math.Sqrt(sums[0] / Math.Max(1, sums[1])) + sums[2] / Math.Max(1, sums[3]),
        _ => sums[0] / Math.Max(1, sums[1]),
    };

    public void Dispose() => _classWeights?.Dispose();

    private (Tensor Target, Tensor Valid) Depth(PixelBatch batch)
    {
        var index = batch.Index(_set).narrow(0, 0, batch.Uniform);
        return (_set.Depths!.index_select(0, index), _set.DepthValid!.index_select(0, index));
    }

    /// <summary>Heatmap and visibility cross-entropies; visibility counts where the point is.</summary>
    private Tensor Heat(HeadConfig head, Tensor outputs, PixelBatch batch)
    {
        var (heat, seen) = batch.Heatmaps(_set, head.HeatmapSigma);
        long keypoints = heat.shape[1];
        var peak = nn.functional.binary_cross_entropy_with_logits(outputs.narrow(1, 0, keypoints), heat);
        var visibility = nn.functional.binary_cross_entropy_with_logits(outputs.narrow(1, keypoints, keypoints), seen, heat, reduction: nn.Reduction.Sum) / heat.sum().clamp_min(Scalars.One);
        return stack([peak.Times(keypoints), visibility]);
    }
}
