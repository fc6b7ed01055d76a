using System.Runtime.InteropServices;
using HandsOff.Core.Evaluation;
using HandsOff.Core.Labeling;
using HandsOff.Core.Labeling.Training;
using HandsOff.Core.Pairs;
using HandsOff.Core.StyleGan2;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Tests.Evaluation;

public sealed class LabelerEvaluationTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("evaluate").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_labeler_judged_by_its_own_labels_is_perfect_and_by_others_is_not()
    {
        var pair = TrialPair.Create(_folder);
        using var generator = pair.LoadGenerator();
        using var state = pair.LoadLabeler();
        using var labeler = new Labeler(state);
        using var random = new torch.Generator(5, CPU);
        var own = new List<InvertedPhotograph>();
        for (int i = 0; i < 3; i++) own.Add(Photograph($"p{i}", randn([generator.Config.NumWs, generator.Config.WDim], generator: random), generator, labeler));
        try
        {
            int seen = 0;
            var report = LabelerEvaluation.Run(generator, labeler, own, CPU, seen: (photograph, rgb, mask) =>
            {
                seen++;
                Assert.Equal(photograph.Labels.Mask, mask);
                Assert.Equal(16 * 16 * 3, rgb.Length);
            });

            Assert.Equal((3, 3), (seen, report.Photographs));
            Assert.Equal(1, report.MeanIou!.Value, 12);
            Assert.Equal(1, report.PixelAccuracy!.Value, 12);
            Assert.Equal(0, report.DepthRmse!.Value, 6);
            Assert.Equal(1, report.DepthCoverage!.Value, 12);
            Assert.Equal("m", report.DepthUnit);

            // The truth one class on, and 10 % further away.
            var others = own.Select(p => p with
            {
                Labels = p.Labels with { Mask = Array.ConvertAll(p.Labels.Mask!, id => (byte)((id + 1) % 4)), Depth = Array.ConvertAll(p.Labels.Depth!, d => d * 1.1f) },
            }).ToList();
            var worse = LabelerEvaluation.Run(generator, labeler, others, CPU);
            Assert.Equal(0, worse.MeanIou!.Value, 12);
            Assert.Equal(0.1 / 1.1, worse.DepthAbsoluteRelative!.Value, 3);
            Assert.True(worse.DepthRmse > 0.04);
        }
        finally
        {
            foreach (var photograph in own) photograph.Dispose();
        }
    }

    private static InvertedPhotograph Photograph(string id, Tensor latents, Core.StyleGan2.Generator generator, Labeler labeler)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var taps = new List<Tensor>();
        generator.Synthesize(latents.unsqueeze(0), NoiseMode.Const, null, taps);
        using var labels = labeler.Label(taps);
        return new InvertedPhotograph(id, latents, new LabeledImage
        {
            Width = 16,
            Height = 16,
            Rgb = new byte[16 * 16 * 3],
            Mask = labels.Mask!.contiguous().bytes.ToArray(),
            Depth = Array.ConvertAll(MemoryMarshal.Cast<byte, int>(labels.Depth!.contiguous().bytes).ToArray(), v => v / 1000f),
            Keypoints = MemoryMarshal.Cast<byte, float>(labels.Keypoints!.contiguous().bytes).ToArray(),
        });
    }
}
