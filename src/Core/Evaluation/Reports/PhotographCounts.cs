using HandsOff.Core.Evaluation.Downstream;
using HandsOff.Core.Imaging;
using HandsOff.Core.Labeling;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Evaluation.Reports;

/// <summary>What one photograph adds to the scores of a network: added up over photographs they give <see cref="DenseEvaluation.Choice"/>.</summary>
internal sealed class PhotographCounts(int classes)
{
    private const int Batch = 32;
    private readonly long[] _hit = new long[classes], _truth = new long[classes], _predicted = new long[classes];
    private double _points, _right, _square, _pixels;

    /// <summary>Of every image of a set, in its order.</summary>
    public static PhotographCounts[] Of(DenseNetwork network, DenseSet set, CancellationToken cancel = default)
    {
        var schema = network.Config.Schema;
        var all = new PhotographCounts[set.Count];
        for (int first = 0; first < set.Count; first += Batch)
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            int count = Math.Min(Batch, set.Count - first);
            var (mask, points, depth) = network.Label(set.Floats(first, count, network.Device));
            for (int i = 0; i < count; i++)
            {
                var (truth, own) = (set.Image(first + i), all[first + i] = new PhotographCounts(schema.Classes.Count));
                if (mask is not null && truth.Mask is not null) own.Masks(mask[i].cpu().contiguous().bytes.ToArray(), truth.Mask);
                if (points is not null && truth.Keypoints is not null)
                {
                    var score = new KeypointScore(schema.Keypoints.Count);
                    score.Add(Floats(points[i]), truth.Keypoints);
                    own._points = score.Scored;
                    own._right = score.Scored == 0 ? 0 : score.Pck * score.Scored;
                }

                if (depth is null || truth.Depth is null) continue;
                var error = new DepthScore();
                error.Add(Floats(depth[i]), truth.Depth);
                own._pixels = error.Pixels;
                own._square = error.Pixels == 0 ? 0 : error.Rmse * error.Rmse * error.Pixels;
            }
        }

        return all;
    }

    /// <summary>The figure that networks are chosen by, over the photographs named (one may be named several times).</summary>
    public static double Choice(IReadOnlyList<PhotographCounts> all, IEnumerable<int> chosen, LabelSchema schema)
    {
        var sum = new PhotographCounts(schema.Classes.Count);
        foreach (int i in chosen) sum.Add(all[i]);
        var parts = new List<double>();
        var ious = Enumerable.Range(0, schema.Classes.Count).Select(c => (double)sum._hit[c] / (sum._truth[c] + sum._predicted[c] - sum._hit[c])).Where(double.IsFinite).ToList();
        if (ious.Count > 0) parts.Add(ious.Average());
        if (sum._points > 0) parts.Add(sum._right / sum._points);
        if (sum._pixels > 0 && schema.Depth is { } range) parts.Add(1 - Math.Min(1, Math.Sqrt(sum._square / sum._pixels) / (range.Max - range.Min)));
        return parts.Count == 0 ? double.NaN : parts.Average();
    }

    private void Masks(byte[] predicted, byte[] truth)
    {
        for (int i = 0; i < truth.Length; i++)
        {
            if (truth[i] == MaskPalette.Ignore) continue;
            _truth[truth[i]]++;
            _predicted[predicted[i]]++;
            if (predicted[i] == truth[i]) _hit[truth[i]]++;
        }
    }

    private void Add(PhotographCounts other)
    {
        for (int c = 0; c < _hit.Length; c++)
        {
            _hit[c] += other._hit[c];
            _truth[c] += other._truth[c];
            _predicted[c] += other._predicted[c];
        }

        (_points, _right, _square, _pixels) = (_points + other._points, _right + other._right, _square + other._square, _pixels + other._pixels);
    }

    private static float[] Floats(Tensor tensor) => tensor.cpu().flatten().contiguous().data<float>().ToArray();
}
