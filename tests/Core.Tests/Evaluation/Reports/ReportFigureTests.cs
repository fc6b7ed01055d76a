using HandsOff.Core.Evaluation.Downstream;
using HandsOff.Core.Evaluation.Reports;
using HandsOff.Core.Tests.Evaluation.Downstream;
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
    public void Counts_of_single_photographs_add_up_to_the_figure_that_networks_are_chosen_by()
    {
        using var set = ToyScenes.Set(7);
        using var network = new DenseNetwork(new DenseNetworkConfig { Architecture = DenseArchitecture.UNet, Channels = 8, Schema = ToyScenes.Schema }, seed: 5);
        var counts = PhotographCounts.Of(network, set, TestContext.Current.CancellationToken);
        Assert.Equal(7, counts.Length);
        Assert.Equal(DenseEvaluation.Choice(DenseEvaluation.Run(network, set, cancel: TestContext.Current.CancellationToken), ToyScenes.Schema), PhotographCounts.Choice(counts, Enumerable.Range(0, 7), ToyScenes.Schema), 1e-5);
        using var one = OneLabelled.Of(7, 3);
        Assert.Equal(DenseEvaluation.Choice(DenseEvaluation.Run(network, one, cancel: TestContext.Current.CancellationToken), ToyScenes.Schema), PhotographCounts.Choice(counts, [3, 3], ToyScenes.Schema), 1e-5);
    }

    [Fact]
    public void A_gain_counts_only_when_it_does_not_hang_on_which_photographs_were_measured()
    {
        static GainInterval Of(params double[] gains) => GainInterval.Of(gains.Length, chosen => chosen.Average(i => gains[i]), 7);
        double[] even = [.. Enumerable.Range(0, 20).Select(i => 0.02 + 0.001 * (i % 5))], mixed = [.. Enumerable.Range(0, 20).Select(i => i % 2 == 0 ? 0.2 : -0.17)];
        Assert.Equal((1, -1, 0), (Of(even).Sign, Of([.. even.Select(g => -g)]).Sign, Of(mixed).Sign));
        // A mean gain of 0.015, three times what was once called a difference.
        Assert.True(Of(mixed).Low < 0 && Of(mixed).High > 0.015);
        Assert.Equal(Of(mixed), Of(mixed));
        // Mean 0 and standard error 0.185 / sqrt(20): about two of them either way.
        Assert.Equal(4 * 0.185 / Math.Sqrt(20), Of(mixed).High - Of(mixed).Low, 0.03);
        Assert.Equal((0, 0), (Of(even[..5]).Sign, Of().Sign));
        Assert.Equal(1, Of(even[..6]).Sign);
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
