using HandsOff.Core.Diagnostics;
using HandsOff.Core.Evaluation.Downstream;
using HandsOff.Core.Imaging;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Evaluation.Experiments;

/// <summary>
/// The images that a network does worst on as one picture. A row a task that the images have labels of: segmentation (by
/// mean IoU), keypoints (by mean error), depth (by RMSE); in it the worst images as triples: photograph, its own label, what was
/// predicted (for depth the error, white from a quarter of the range).
/// </summary>
internal static class FailureSheet
{
    /// <summary>Images shown a task.</summary>
    public const int Shown = 4;

    private const int Batch = 32, Enlarged = 2;

    /// <summary>Writes the picture; none when the images have no label that the network predicts.</summary>
    public static void Draw(DenseNetwork network, DenseSet images, string path, CancellationToken cancel = default)
    {
        var rows = Worst(network, images, cancel);
        if (rows.Count == 0) return;
        var tiles = new List<byte[]>();
        byte[] blank = new byte[images.Width * images.Height * 3];
        Array.Fill(blank, (byte)255);
        foreach (var (task, worst) in rows)
        {
            foreach (int index in worst) tiles.AddRange(Triple(network, images, task, index));
            for (int i = worst.Count; i < Math.Min(Shown, images.Count); i++) tiles.AddRange([blank, blank, blank]);
        }

        var larger = tiles.ConvertAll(t => Enlarge(t, images.Width, images.Height));
        ContactSheet.Write(path, larger, Enlarged * images.Width, Enlarged * images.Height, 3 * Math.Min(Shown, images.Count), 2);
    }

    /// <summary>The worst images of each task, worst first.</summary>
    internal static IReadOnlyList<(string Task, IReadOnlyList<int> Images)> Worst(DenseNetwork network, DenseSet images, CancellationToken cancel = default)
    {
        var schema = network.Config.Schema;
        var badness = new Dictionary<string, List<(int Index, double Error)>>();
        for (int first = 0; first < images.Count; first += Batch)
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            int count = Math.Min(Batch, images.Count - first);
            var (mask, points, depth) = network.Label(images.Floats(first, count, network.Device));
            for (int i = 0; i < count; i++)
            {
                var truth = images.Image(first + i);
                if (mask is not null && truth.Mask is not null)
                {
                    var score = new SegmentationScore(schema.Classes.Count);
                    score.Add(Bytes(mask[i]), truth.Mask);
                    Add("segmentation", first + i, 1 - score.MeanIou);
                }

                if (points is not null && truth.Keypoints is not null)
                {
                    var score = new KeypointScore(schema.Keypoints.Count);
                    score.Add(Floats(points[i]), truth.Keypoints);
                    Add("keypoints", first + i, score.NormalizedMeanError);
                }

                if (depth is not null && truth.Depth is not null)
                {
                    var score = new DepthScore();
                    score.Add(Floats(depth[i]), truth.Depth);
                    Add("depth", first + i, score.Rmse);
                }
            }
        }

        return [.. badness.Select(b => (b.Key, (IReadOnlyList<int>)[.. b.Value.OrderByDescending(e => e.Error).ThenBy(e => e.Index).Take(Shown).Select(e => e.Index)]))];

        void Add(string task, int index, double error)
        {
            if (!double.IsFinite(error)) return;
            if (!badness.TryGetValue(task, out var errors)) badness[task] = errors = [];
            errors.Add((index, error));
        }
    }

    private static byte[][] Triple(DenseNetwork network, DenseSet images, string task, int index)
    {
        using var scope = NewDisposeScope();
        var truth = images.Image(index);
        var (mask, points, depth) = network.Label(images.Floats(index, 1, network.Device));
        switch (task)
        {
            case "segmentation":
                byte[] palette = MaskPalette.Of(images.Schema.Classes);
                byte[] Colours(byte[] ids) => [.. ids.SelectMany(id => palette[(3 * id)..(3 * id + 3)])];
                return [truth.Rgb, Colours(truth.Mask!), Colours(Bytes(mask![0]))];
            case "keypoints":
                return [truth.Rgb, Marked(truth.Rgb, images.Width, truth.Keypoints!, 0, 255, 0), Marked(truth.Rgb, images.Width, Floats(points![0]), 255, 0, 0)];
            default:
                var (near, far) = (images.Schema.Depth!.Min, images.Schema.Depth.Max);
                float[] own = truth.Depth!, predicted = Floats(depth![0]);
                double range = Math.Max(far - near, 1e-6);
                return
                [
                    truth.Rgb, Grey(own.Select(d => d > 0 ? 1 - (d - near) / range : 0)),
                    Grey(own.Select((d, i) => d > 0 ? 4 * Math.Abs(predicted[i] - d) / range : 0)),
                ];
        }
    }

    private static byte[] Grey(IEnumerable<double> values) => [.. values.SelectMany(v => Enumerable.Repeat((byte)Math.Clamp(255 * v, 0, 255), 3))];

    /// <summary>A copy with a square of three pixels at each point that there is.</summary>
    private static byte[] Marked(byte[] rgb, int width, float[] points, byte red, byte green, byte blue)
    {
        byte[] copy = [.. rgb];
        int height = rgb.Length / 3 / width;
        for (int p = 0; p < points.Length; p += 3)
        {
            if (points[p + 2] <= 0) continue;
            int left = (int)Math.Round(points[p]), top = (int)Math.Round(points[p + 1]);
            for (int y = Math.Max(0, top - 1); y <= Math.Min(height - 1, top + 1); y++)
                for (int x = Math.Max(0, left - 1); x <= Math.Min(width - 1, left + 1); x++)
                    (copy[3 * (y * width + x)], copy[3 * (y * width + x) + 1], copy[3 * (y * width + x) + 2]) = (red, green, blue);
        }

        return copy;
    }

    private static byte[] Enlarge(byte[] rgb, int width, int height)
    {
        var larger = new byte[rgb.Length * Enlarged * Enlarged];
        for (int y = 0; y < height * Enlarged; y++)
            for (int x = 0; x < width * Enlarged; x++)
                rgb.AsSpan(3 * (y / Enlarged * width + x / Enlarged), 3).CopyTo(larger.AsSpan(3 * (y * width * Enlarged + x)));
        return larger;
    }

    private static byte[] Bytes(Tensor tensor) => tensor.cpu().contiguous().bytes.ToArray();

    private static float[] Floats(Tensor tensor) => tensor.cpu().flatten().contiguous().data<float>().ToArray();
}
