using HandsOff.Core.Inversion;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Tests.Inversion;

public sealed class LatentOptimizerTests
{
    [Fact]
    public void Optimising_from_the_mean_latent_reconstructs_generated_images()
    {
        using var fixture = new InversionFixture();
        using var scope = NewDisposeScope();
        var (photos, start) = Case(fixture, 4);
        var optimizer = new LatentOptimizer(fixture.Generator, fixture.Perceptual, new LatentOptimizerOptions { Steps = 120, InitialWeight = 0 });
        double before = Distance(fixture, start, photos), after = Distance(fixture, optimizer.Optimize(photos, start), photos);
        Assert.True(after < 0.25 * before, $"{before} -> {after}");
    }

    [Fact]
    public void Each_photograph_is_optimised_as_if_it_were_alone()
    {
        using var fixture = new InversionFixture();
        using var scope = NewDisposeScope();
        var (photos, start) = Case(fixture, 3);
        var together = new LatentOptimizer(fixture.Generator, fixture.Perceptual, new LatentOptimizerOptions { Steps = 20, BFloat16 = false }).Optimize(photos, start);
        var alone = new LatentOptimizer(fixture.Generator, fixture.Perceptual, new LatentOptimizerOptions { Steps = 20, BFloat16 = false, Batch = 1 }).Optimize(photos, start);
        Assert.True(together.allclose(alone, rtol: 2e-2, atol: 2e-2), $"{(together - alone).abs().max().item<float>()}");
    }

    [Fact]
    public void The_best_iterate_is_kept_when_a_high_rate_makes_things_worse()
    {
        using var fixture = new InversionFixture();
        using var scope = NewDisposeScope();
        var (photos, start) = Case(fixture, 2);
        var optimizer = new LatentOptimizer(fixture.Generator, fixture.Perceptual, new LatentOptimizerOptions { Steps = 3, LearningRate = 10, InitialWeight = 0 });
        Assert.True(Distance(fixture, optimizer.Optimize(photos, start), photos) <= Distance(fixture, start, photos) + 1e-6);
    }

    [Fact]
    public void The_rate_ramps_up_over_a_twentieth_and_down_over_a_quarter()
    {
        var options = new LatentOptimizerOptions { Steps = 100, LearningRate = 0.1 };
        Assert.Equal(0.02, options.RateAt(0), 1e-9);
        Assert.Equal(0.1, options.RateAt(4), 1e-9);
        Assert.Equal(0.1, options.RateAt(75), 1e-9);
        Assert.InRange(options.RateAt(87), 0.04, 0.06);
        Assert.InRange(options.RateAt(99), 0, 0.001);
    }

    [Fact]
    public void It_leaves_no_tensor_behind_and_stops_when_asked()
    {
        using var fixture = new InversionFixture();
        using var scope = NewDisposeScope();
        var (photos, start) = Case(fixture, 2);
        var optimizer = new LatentOptimizer(fixture.Generator, fixture.Perceptual, new LatentOptimizerOptions { Steps = 3 });
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        optimizer.Optimize(photos, start).Dispose();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        using var cancel = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => optimizer.Optimize(photos, start, (_, _, _) => cancel.Cancel(), cancel.Token));
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static (Tensor Photos, Tensor Start) Case(InversionFixture fixture, int count)
    {
        var photos = fixture.Load(fixture.Photographs("photos", count, 5)).Batch([.. Enumerable.Range(0, count)]);
        return (photos, fixture.Generator.WAverage.view(1, 1, -1).expand(count, fixture.Config.NumWs, -1).clone());
    }

    private static double Distance(InversionFixture fixture, Tensor ws, Tensor photos)
    {
        using var noGrad = no_grad();
        return fixture.Perceptual.Distance(fixture.Generator.Synthesize(ws), photos).mean().item<float>();
    }
}
