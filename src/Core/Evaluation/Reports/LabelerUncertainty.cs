using System.Runtime.InteropServices;
using HandsOff.Core.Imaging;
using HandsOff.Core.Labeling;
using HandsOff.Core.Labeling.Training;
using HandsOff.Core.StyleGan2;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Evaluation.Reports;

/// <summary>Does the labeler know where it is wrong? Its uncertainty against its error, pixel by pixel.</summary>
internal static class LabelerUncertainty
{
    /// <summary>
    /// Classes where labeler and photographs have them (a pixel is wrong or not), else depth (absolute error in the schema's
    /// unit); null where they share neither. Unlabelled pixels do not count.
    /// </summary>
    /// <param name="generator">Remakes the photographs.</param>
    /// <param name="labeler">Labels what was remade.</param>
    /// <param name="photographs">At least one.</param>
    public static UncertaintyCurve? Curve(StyleGan2.Generator generator, Labeler labeler, IReadOnlyList<InvertedPhotograph> photographs)
    {
        var heads = labeler.Config.Heads.Select((h, i) => (h.Kind, Index: i)).ToDictionary(h => h.Kind, h => h.Index);
        bool classes = heads.ContainsKey(LabelKinds.Segmentation) && photographs[0].Labels.Mask is not null;
        if (!classes && !(heads.ContainsKey(LabelKinds.Depth) && photographs[0].Labels.Depth is not null)) return null;
        var pixels = new List<(float, float)>();
        using var noGrad = no_grad();
        foreach (var photograph in photographs)
        {
            using var scope = NewDisposeScope();
            var taps = new List<Tensor>();
            generator.Synthesize(photograph.Latents.unsqueeze(0).to(generator.WAverage.device), NoiseMode.Const, null, taps);
            using var labels = labeler.Label(taps);
            var truth = PhotographLabels.Of(photograph.Labels, labeler.Config.Width, labeler.Config.Height);
            float[] uncertainty = labels.Uncertainty.select(1, heads[classes ? LabelKinds.Segmentation : LabelKinds.Depth]).cpu().contiguous().data<float>().ToArray();
            byte[] mask = classes ? labels.Mask!.cpu().contiguous().bytes.ToArray() : [];
            int[] depth = classes ? [] : MemoryMarshal.Cast<byte, int>(labels.Depth!.cpu().contiguous().bytes).ToArray();
            for (int i = 0; i < uncertainty.Length; i++)
            {
                if (classes && truth.Mask![i] != MaskPalette.Ignore) pixels.Add((uncertainty[i], mask[i] == truth.Mask[i] ? 0 : 1));
                else if (!classes && truth.Depth![i] > 0) pixels.Add((uncertainty[i], Math.Abs(depth[i] / (float)labeler.Config.Schema.Depth!.Scale - truth.Depth[i])));
            }
        }

        return UncertaintyCurve.Of(classes ? "wrong pixels" : "depth error", pixels);
    }
}
