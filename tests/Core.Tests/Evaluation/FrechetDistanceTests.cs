using HandsOff.Core.Evaluation;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Tests.Evaluation;

public sealed class FrechetDistanceTests
{
    [Fact]
    public void Diagonal_gaussians_give_the_sum_of_squared_differences_of_means_and_deviations()
    {
        // Deviations (1, 2, 3) and (2, 2, 5), means (1, 0, -2) apart: 1 + 4 + (1 + 0 + 4) = 10.
        var a = new FeatureStatistics(10, [0, 0, 0], [1, 0, 0, 0, 4, 0, 0, 0, 9]);
        var b = new FeatureStatistics(10, [1, 0, -2], [4, 0, 0, 0, 4, 0, 0, 0, 25]);
        Assert.Equal(10, FrechetDistance.Between(a, b), 1e-9);
        Assert.Equal(10, FrechetDistance.Between(b, a), 1e-9);
        Assert.Equal(0, FrechetDistance.Between(a, a), 1e-9);
    }

    [Fact]
    public void Rotating_both_gaussians_leaves_the_distance_as_it_was()
    {
        using var scope = NewDisposeScope();
        var (q, _) = linalg.qr(randn([4, 4], ScalarType.Float64, generator: new Generator(5)));
        var (a, b) = (diag(tensor(new[] { 1.0, 4, 9, 0 })), diag(tensor(new[] { 4.0, 1, 9, 1 })));
        Assert.Equal(1 + 1 + 0 + 1, FrechetDistance.Between(Rotated(a, q), Rotated(b, q)), 1e-6);

        static FeatureStatistics Rotated(Tensor covariance, Tensor q) =>
            new(10, new double[4], q.mm(covariance).mm(q.t()).contiguous().data<double>().ToArray());
    }

    [Fact]
    public void Covariances_that_do_not_commute_agree_with_the_closed_form_for_two_dimensions()
    {
        // For 2x2 matrices tr sqrt(AB) = sqrt(tr(AB) + 2 sqrt(det(AB))).
        var a = new FeatureStatistics(10, [0, 0], [2, 1, 1, 3]);
        var b = new FeatureStatistics(10, [0, 0], [5, -2, -2, 1]);
        double trace = (2 * 5) + (1 * -2) + (1 * -2) + (3 * 1), determinant = 5 * 1;
        Assert.Equal(5 + 6 - (2 * Math.Sqrt(trace + (2 * Math.Sqrt(determinant)))), FrechetDistance.Between(a, b), 1e-9);
    }

    [Fact]
    public void Statistics_do_not_depend_on_the_batches_and_equal_torch()
    {
        using var scope = NewDisposeScope();
        var x = randn([50, 6], generator: new Generator(1)) + 100;
        var whole = FeatureStatistics.OfVectors([x.clone()]);
        var parts = FeatureStatistics.OfVectors([x[..7].clone(), x[7..30].clone(), x[30..].clone()]);
        var expected = x.to(ScalarType.Float64).t().cov().contiguous().data<double>().ToArray();
        Assert.Equal(50, parts.Count);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], whole.Covariance[i], 1e-9);
            Assert.Equal(expected[i], parts.Covariance[i], 1e-9);
        }

        for (int i = 0; i < 6; i++) Assert.Equal(x[TensorIndex.Colon, i].to(ScalarType.Float64).mean().item<double>(), parts.Mean[i], 1e-9);
    }

    [Fact]
    public void Worse_images_score_further_from_the_held_out_ones()
    {
        using var net = SqueezeNetFeatures.Load(SharedData.Require("data", "lpips", LpipsWeights.FileName(LpipsNet.Squeeze)));
        var random = new Generator(9);
        var score = FrechetScore.Create(net, [Smooth(24, 0)], [Smooth(24, 0)]);
        double near = score.Evaluate(n => Smooth(n, 0.1), 24, batch: 10), far = score.Evaluate(n => Smooth(n, 1), 24, batch: 10);
        Assert.True(score.Floor < near, $"floor {score.Floor}, near {near}");
        Assert.True(near < far, $"near {near}, far {far}");

        Tensor Smooth(int n, double noise)
        {
            using var s = NewDisposeScope();
            var coarse = (rand([n, 3, 3, 3], generator: random) * 2) - 1;
            var image = nn.functional.interpolate(coarse, [32, 32], mode: InterpolationMode.Bilinear, align_corners: false);
            return (image + (randn([n, 3, 32, 32], generator: random) * noise)).MoveToOuterDisposeScope();
        }
    }

    [Fact]
    public void One_image_has_no_statistics() => Assert.Throws<HandsOffException>(() => FeatureStatistics.OfVectors([zeros(1, 4)]));
}
