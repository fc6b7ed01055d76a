using System.Runtime.InteropServices;
using HandsOff.Core.Labeling;
using HandsOff.Core.Labeling.Training;
using HandsOff.Core.StyleGan2;
using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Evaluation;

/// <summary>
/// Scores a labeler on photographs that it has not learned from: the generator remakes each from its latents, the labeler
/// labels what was remade, and the photograph's own labels are the truth. Errors of the inversion count as errors.
/// </summary>
public static class LabelerEvaluation
{
    /// <summary>Scores all photographs; generator and labeler lie on <paramref name="device"/> and stay the caller's.</summary>
    /// <param name="generator">The generator that the latents belong to.</param>
    /// <param name="labeler">Its labeler.</param>
    /// <param name="photographs">Inverted photographs with labels.</param>
    /// <param name="device">Where to run.</param>
    /// <param name="alpha">Tolerance of keypoints, a share of the longer side of their box.</param>
    /// <param name="seen">Called for each photograph with the remade image and predicted mask (null without that head).</param>
    /// <param name="cancel">Stops between photographs.</param>
    public static EvaluationReport Run(
        StyleGan2.Generator generator, Labeler labeler, IReadOnlyList<InvertedPhotograph> photographs, Device device, double alpha = 0.1,
        Action<InvertedPhotograph, byte[], byte[]?>? seen = null, CancellationToken cancel = default)
    {
        var config = labeler.Config;
        var schema = config.Schema;
        var segmentation = config.Kinds.HasFlag(LabelKinds.Segmentation) ? new SegmentationScore(schema.Classes.Count) : null;
        var keypoints = config.Kinds.HasFlag(LabelKinds.Keypoints) ? new KeypointScore(schema.Keypoints.Count, alpha) : null;
        var depth = config.Kinds.HasFlag(LabelKinds.Depth) ? new DepthScore() : null;
        using var noGrad = no_grad();
        foreach (var photograph in photographs)
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var taps = new List<Tensor>();
            var image = generator.Synthesize(photograph.Latents.unsqueeze(0).to(device), NoiseMode.Const, null, taps);
            using var labels = labeler.Label(taps);
            var truth = PhotographLabels.Of(photograph.Labels, config.Width, config.Height);
            byte[]? mask = labels.Mask?.cpu().contiguous().bytes.ToArray();
            if (segmentation is not null && truth.Mask is { } trueMask) segmentation.Add(mask, trueMask);
            if (keypoints is not null && truth.Keypoints is { } trueKeypoints) keypoints.Add(Values<float>(labels.Keypoints!), trueKeypoints);
            if (depth is not null && truth.Depth is { } trueDepth)
            {
                float scale = (float)schema.Depth!.Scale;
                depth.Add(Array.ConvertAll(Values<int>(labels.Depth!), v => v / scale), trueDepth);
            }

            if (seen is null) continue;
            byte[] rgb = Pixels.ToBytes(image).permute(0, 2, 3, 1).cpu().contiguous().bytes.ToArray();
            seen(photograph, rgb, mask);
        }

        return Report(photographs.Count, schema, segmentation, keypoints, depth);
    }

    internal static EvaluationReport Report(int photographs, LabelSchema schema, SegmentationScore? segmentation, KeypointScore? keypoints, DepthScore? depth) => new()
    {
        Photographs = photographs,
        MeanIou = Known(segmentation?.MeanIou),
        PixelAccuracy = Known(segmentation?.PixelAccuracy),
        ClassIou = segmentation is null ? null : Named(schema.Classes.Select(c => c.Name), segmentation.Iou),
        Alpha = keypoints?.Alpha,
        Pck = Known(keypoints?.Pck),
        KeypointPck = keypoints is null ? null : Named(schema.Keypoints, keypoints.PckOf),
        NormalizedMeanError = Known(keypoints?.NormalizedMeanError),
        DepthUnit = depth is null ? null : schema.Depth!.Unit,
        DepthRmse = Known(depth?.Rmse),
        DepthAbsoluteRelative = Known(depth?.AbsoluteRelative),
        DepthWithinQuarter = Known(depth?.WithinQuarter),
        DepthCoverage = Known(depth?.Coverage),
    };

    /// <summary>JSON knows no NaN: what could not be measured is null.</summary>
    private static double? Known(double? value) => value is { } v && double.IsFinite(v) ? v : null;

    private static Dictionary<string, double> Named(IEnumerable<string> names, Func<int, double> value) =>
        names.Select((name, i) => (name, value: value(i))).Where(pair => double.IsFinite(pair.value)).ToDictionary(pair => pair.name, pair => pair.value);

    private static T[] Values<T>(Tensor tensor)
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(tensor.cpu().contiguous().bytes).ToArray();
}
