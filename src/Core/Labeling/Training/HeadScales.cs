using HandsOff.Core.Sampling;
using HandsOff.Core.StyleGan2;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Labeling.Training;

/// <summary>What a finished ensemble still needs: the peak a keypoint must reach to be present, and the heads' weights in the image score.</summary>
internal static class HeadScales
{
    private const int Batch = 8;

    /// <summary>Of a point that was there in every photograph, a peak below this share of the usual one counts as absent.</summary>
    private const double PresentShare = 0.3;

    /// <summary>The configuration with thresholds and weights filled in.</summary>
    public static LabelerConfig Fit(StyleGan2.Generator generator, IReadOnlyList<InvertedPhotograph> photographs, LabelerState state, ulong seed, int samples)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var device = generator.WAverage.device;
        using var labeler = new Labeler(state, device);
        var thresholds = state.Config.Head(LabelKinds.Keypoints) is null ? [] : Thresholds(generator, photographs, labeler, device);
        double[] scores = MeanScores(generator, labeler, seed, samples, device);
        return state.Config with
        {
            Heads = [.. state.Config.Heads.Select((h, i) => h with
            {
                // The first head (segmentation where there is one) sets the unit; the others weigh as much on average.
                UncertaintyWeight = i == 0 ? 1 : (float)(scores[0] / Math.Max(1e-9, scores[i])),
                PresenceThresholds = h.Kind == LabelKinds.Keypoints ? thresholds : [],
            })],
        };
    }

    /// <summary>Halfway in rank between absent and present: the peak that tells the photographs with the point from those without it best.</summary>
    internal static double Threshold(IReadOnlyList<double> present, IReadOnlyList<double> absent)
    {
        if (present.Count == 0) return 2;
        double usual = present.Order().ElementAt(present.Count / 2) * PresentShare;
        if (absent.Count == 0) return usual;
        double best = usual, bestScore = -1;
        double[] cuts = [.. present.Concat(absent).Order()];
        for (int i = 0; i + 1 < cuts.Length; i++)
        {
            double cut = (cuts[i] + cuts[i + 1]) / 2;
            double score = ((double)present.Count(p => p >= cut) / present.Count) + ((double)absent.Count(a => a < cut) / absent.Count);
            if (score > bestScore) (bestScore, best) = (score, cut);
        }

        return best;
    }

    private static double[] Thresholds(StyleGan2.Generator generator, IReadOnlyList<InvertedPhotograph> photographs, Labeler labeler, Device device)
    {
        int keypoints = labeler.Config.Schema.Keypoints.Count;
        var present = Enumerable.Range(0, keypoints).Select(_ => new List<double>()).ToList();
        var absent = Enumerable.Range(0, keypoints).Select(_ => new List<double>()).ToList();
        foreach (var photograph in photographs)
        {
            using var scope = NewDisposeScope();
            var taps = new List<Tensor>();
            generator.Synthesize(photograph.Latents.unsqueeze(0).to(device), NoiseMode.Const, taps: taps);
            var heat = labeler.Outputs(taps, LabelKinds.Keypoints).narrow(2, 0, keypoints).sigmoid().mean([1L]);
            float[] peaks = [.. heat.flatten(2).amax([2L]).cpu().flatten().data<float>()];
            for (int k = 0; k < keypoints; k++) (photograph.Labels.Keypoints![(3 * k) + 2] > 0 ? present : absent)[k].Add(peaks[k]);
        }

        return [.. present.Zip(absent, (p, a) => Math.Round(Threshold(p, a), 6))];
    }

    private static double[] MeanScores(StyleGan2.Generator generator, Labeler labeler, ulong seed, int samples, Device device)
    {
        var config = generator.Config;
        var sums = new double[labeler.Config.Heads.Count];
        for (int first = 0; first < samples; first += Batch)
        {
            using var scope = NewDisposeScope();
            var z = new float[Batch * config.ZDim];
            for (int i = 0; i < Batch; i++) LatentSampler.FillZ(z.AsSpan(i * config.ZDim, config.ZDim), seed, first + i, 0);
            var taps = new List<Tensor>();
            generator.Synthesize(generator.Map(tensor(z, [Batch, config.ZDim]).to(device), 0.7f), NoiseMode.Const, taps: taps);
            using var labels = labeler.Label(taps);
            float[] scores = [.. labels.HeadScores.mean([0L]).cpu().data<float>()];
            for (int h = 0; h < sums.Length; h++) sums[h] += scores[h];
        }

        return sums;
    }
}
