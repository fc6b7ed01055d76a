using HandsOff.Core.Labeling;
using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Evaluation.Downstream;

/// <summary>A network's training loss: cross-entropy of classes, of heatmaps, and distance of depths, summed.</summary>
internal sealed class DenseLoss : IDisposable
{
    private readonly DenseNetworkConfig _config;
    private readonly Tensor? _classWeights;
    private readonly Tensor _rows, _columns;

    /// <param name="config">What the network predicts.</param>
    /// <param name="classPixels">Pixels a class in the training set.</param>
    /// <param name="balance">Classes weigh as frequency to minus this power.</param>
    /// <param name="width">Image width.</param>
    /// <param name="height">Image height.</param>
    /// <param name="device">Where the batches lie.</param>
    public DenseLoss(DenseNetworkConfig config, long[] classPixels, double balance, int width, int height, Device device)
    {
        using var scope = NewDisposeScope();
        _config = config;
        _rows = arange(Scalars.Of(0), Scalars.Of(height), Scalars.One, ScalarType.Float32, device).view(1, 1, -1, 1).DetachFromDisposeScope();
        _columns = arange(Scalars.Of(0), Scalars.Of(width), Scalars.One, ScalarType.Float32, device).view(1, 1, 1, -1).DetachFromDisposeScope();
        if (config.Schema.Classes.Count == 0) return;
        double total = Math.Max(1, classPixels.Sum());
        double[] raw = [.. classPixels.Select(c => c == 0 ? 0 : Math.Pow(c / total, -balance))];
        double mean = raw.Zip(classPixels, (w, c) => w * c / total).Sum();
        _classWeights = tensor(raw.Select(w => w == 0 ? 1 : w / mean).ToArray(), ScalarType.Float32).to(device).DetachFromDisposeScope();
    }

    /// <summary>The scalar loss. In the caller's dispose scope.</summary>
    public Tensor Of(Tensor outputs, DenseBatch batch)
    {
        var parts = new List<Tensor>();
        int classes = _config.Schema.Classes.Count, points = _config.Schema.Keypoints.Count;
        if (classes > 0) parts.Add(nn.functional.cross_entropy(outputs.narrow(1, 0, classes), batch.Masks!, _classWeights, ignore_index: 255));
        if (points > 0) parts.Add(Heat(outputs.narrow(1, classes, points), batch.Keypoints!));
        if (_config.Schema.Depth is not null)
        {
            var distance = nn.functional.smooth_l1_loss(outputs.select(1, classes + points), batch.Depth!, nn.Reduction.None, beta: 0.05);
            parts.Add(((distance * batch.DepthValid!).sum() / batch.DepthValid!.sum().clamp_min(Scalars.One)).Times(10));
            parts.Add(nn.functional.binary_cross_entropy_with_logits(outputs.select(1, classes + points + 1), batch.DepthValid!, batch.DepthKnown));
        }

        return stack(parts).sum();
    }

    public void Dispose()
    {
        _classWeights?.Dispose();
        _rows.Dispose();
        _columns.Dispose();
    }

    /// <summary>Cross-entropy with Gaussians of height 1, a share of what a whole Gaussian weighs; points without a label teach nothing.</summary>
    private Tensor Heat(Tensor logits, Tensor keypoints)
    {
        Tensor Column(long i) => keypoints.select(2, i).unsqueeze(2).unsqueeze(3);
        double variance = _config.KeypointSigma * _config.KeypointSigma;
        var target = (_rows - Column(1)).Squared().Plus((_columns - Column(0)).Squared()).mul_(Scalars.Live(-0.5 / variance)).exp_();
        var known = keypoints.select(2, 2).gt(Scalars.Of(0)).to(ScalarType.Float32);
        var entropy = nn.functional.binary_cross_entropy_with_logits(logits, target, reduction: nn.Reduction.None).sum([2L, 3L]);
        return ((entropy * known).sum() / known.sum().clamp_min(Scalars.One)).Times(0.5 / (2 * Math.PI * variance));
    }
}
