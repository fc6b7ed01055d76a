using System.Runtime.InteropServices;
using HandsOff.Core.Labeling;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Evaluation.Downstream;

/// <summary>Scores a downstream network on labelled images.</summary>
public static class DenseEvaluation
{
    private const int Batch = 32;

    /// <summary>Scores all images of a set.</summary>
    /// <param name="network">The network; what it predicts and the set has is scored.</param>
    /// <param name="set">Labelled images that it was not trained on.</param>
    /// <param name="alpha">Tolerance of keypoints, a share of the longer side of their box.</param>
    /// <param name="cancel">Stops between batches.</param>
    public static EvaluationReport Run(DenseNetwork network, DenseSet set, double alpha = 0.1, CancellationToken cancel = default)
    {
        var schema = network.Config.Schema;
        int pixels = set.Width * set.Height, values = 3 * schema.Keypoints.Count;
        var segmentation = schema.Classes.Count > 0 && set.Masks is not null ? new SegmentationScore(schema.Classes.Count) : null;
        var keypoints = values > 0 && set.Keypoints is not null ? new KeypointScore(schema.Keypoints.Count, alpha) : null;
        var depth = schema.Depth is not null && set.Depth is not null ? new DepthScore() : null;
        byte[] masks = set.Masks?.bytes.ToArray() ?? [];
        float[] points = Values(set.Keypoints), depths = Values(set.Depth);
        for (int first = 0; first < set.Count; first += Batch)
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            int count = Math.Min(Batch, set.Count - first);
            var labels = network.Label(set.Floats(first, count, network.Device));
            byte[] mask = labels.Mask?.cpu().contiguous().bytes.ToArray() ?? [];
            float[] placed = Values(labels.Keypoints), far = Values(labels.Depth);
            for (int i = 0; i < count; i++)
            {
                int at = first + i;
                segmentation?.Add(mask.AsSpan(i * pixels, pixels), masks.AsSpan(at * pixels, pixels));
                keypoints?.Add(placed.AsSpan(i * values, values), points.AsSpan(at * values, values));
                depth?.Add(far.AsSpan(i * pixels, pixels), depths.AsSpan(at * pixels, pixels));
            }
        }

        return LabelerEvaluation.Report(set.Count, schema, segmentation, keypoints, depth);
    }

    /// <summary>
    /// One figure to choose by, on validation images only: the mean of mean IoU, PCK, and 1 - RMSE over the depth range, of
    /// those that there are.
    /// </summary>
    public static double Choice(EvaluationReport report, LabelSchema schema)
    {
        var parts = new List<double>();
        if (report.MeanIou is { } iou) parts.Add(iou);
        if (report.Pck is { } pck) parts.Add(pck);
        if (report.DepthRmse is { } rmse && schema.Depth is { } range) parts.Add(1 - Math.Min(1, rmse / (range.Max - range.Min)));
        return parts.Count == 0 ? double.NaN : parts.Average();
    }

    private static float[] Values(Tensor? tensor)
    {
        if (tensor is null) return [];
        using var scope = NewDisposeScope();
        return MemoryMarshal.Cast<byte, float>(tensor.cpu().contiguous().bytes).ToArray();
    }
}
