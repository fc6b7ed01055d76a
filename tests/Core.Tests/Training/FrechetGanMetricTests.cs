using HandsOff.Core.StyleGan2;
using HandsOff.Core.Training;
using TorchSharp;

namespace HandsOff.Core.Tests.Training;

public sealed class FrechetGanMetricTests
{
    [Fact]
    public void It_repeats_itself_prefers_real_images_and_leaves_the_generator_alone()
    {
        string weights = SharedData.Require("data", "lpips", "lpips_squeeze_v0.1.safetensors");
        using var fixture = new TrainingFixture();
        using var generator = new Generator(TrainingFixture.Options.Network);
        float[] before = generator.WAverage.data<float>().ToArray();
        using var metric = FrechetGanMetric.Create(weights, fixture.Images, fixture.Images, 8, torch.CPU);
        double value = metric.Measure(generator, TestContext.Current.CancellationToken);
        Assert.Equal(value, metric.Measure(generator, TestContext.Current.CancellationToken));
        // The same images on both sides: the floor is zero but for rounding.
        Assert.InRange(metric.Floor, -1e-3, 1e-3 * value);
        Assert.True(value > 0);
        Assert.Equal(before, generator.WAverage.data<float>().ToArray());
    }
}
