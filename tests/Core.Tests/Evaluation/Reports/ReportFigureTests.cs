using HandsOff.Core.Evaluation.Reports;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Tests.Evaluation.Reports;

public sealed class ReportFigureTests
{
    [Fact]
    public void The_uncertainty_curve_bins_pixels_by_uncertainty()
    {
        // 100 pixels; only those of the last tenth are wrong, half of them.
        var pixels = Enumerable.Range(0, 100).Select(i => ((float)(99 - i), i < 10 && i % 2 == 0 ? 1f : 0f)).ToList();
        var curve = UncertaintyCurve.Of("wrong pixels", pixels)!;
        Assert.Equal(1, curve.ErrorInTopTenth);
        Assert.Equal(0.5, curve.Bins[^1].Error);
        Assert.Equal(94.5, curve.Bins[^1].Uncertainty);
        Assert.All(curve.Bins.SkipLast(1), b => Assert.Equal(0, b.Error));
        Assert.Null(UncertaintyCurve.Of("wrong pixels", pixels[..5]));
    }

    [Fact]
    public void Copies_and_a_collapsed_generator_are_found()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(4, CPU);
        var real = randn(60, 16, generator: random);
        var same = DiversityFigures.Of(real, randn(60, 16, generator: random));
        var copied = DiversityFigures.Of(real, real.clone());
        var collapsed = DiversityFigures.Of(real, real[0].unsqueeze(0).expand(60, -1) + 1e-4 * randn(60, 16, generator: random));

        Assert.Equal(1, copied.CopiesOfPhotographs);
        Assert.Equal(1, copied.Recall);
        Assert.Equal(0, copied.Frechet, 1e-3);
        Assert.True(same.CopiesOfPhotographs < 0.1 && same.NearDuplicates < 0.2);
        Assert.Equal(1, same.Spread, 0.1);
        Assert.Equal(1, collapsed.NearDuplicates);
        Assert.True(collapsed.Spread < 0.01 && collapsed.Recall < 0.1);
    }
}
