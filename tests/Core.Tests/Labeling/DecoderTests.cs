using HandsOff.Core.Labeling;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Tests.Labeling;

public sealed class DecoderTests
{
    [Theory]
    [InlineData(20.0, 30.0)]
    [InlineData(20.4, 30.7)]
    [InlineData(11.51, 9.49)]
    public void A_gaussian_s_centre_is_found_between_pixels(double x, double y)
    {
        using var scope = NewDisposeScope();
        const double sigma = 1.6;
        var grid = arange(48, ScalarType.Float32);
        var heat = ((grid - x).square().unsqueeze(0) + (grid - y).square().unsqueeze(1)).mul(-0.5 / (sigma * sigma)).exp().mul(0.7).view(1, 1, 48, 48);
        float[] found = [.. KeypointDecoder.Locate(heat, ones_like(heat), sigma, tensor(new[] { 0.25f })).flatten().data<float>()];
        Assert.Equal(x, found[0], 0.02);
        Assert.Equal(y, found[1], 0.02);
        Assert.Equal(2, found[2]);
    }

    [Fact]
    public void Low_peaks_are_absent_and_hidden_ones_say_so()
    {
        using var scope = NewDisposeScope();
        var heat = zeros(1, 2, 16, 16);
        heat[0, 0, 3, 4] = 0.2f;
        heat[0, 1, 5, 6] = 0.9f;
        float[] found = [.. KeypointDecoder.Locate(heat, full_like(heat, 0.1), 1, tensor(new[] { 0.25f, 0.25f })).flatten().data<float>()];
        Assert.Equal([0, 0, 0], found[..3]);
        Assert.Equal([6, 5, 1], found[3..].Select(v => MathF.Round(v, 4)));
    }

    [Fact]
    public void Vote_ties_go_to_the_smallest_class()
    {
        using var scope = NewDisposeScope();
        var logits = zeros(2, 3, 1);
        logits[0, 2, 0] = 5f;
        logits[1, 1, 0] = 4f;
        var (vote, _, divergence) = SegmentationDecoder.Decode(logits);
        Assert.Equal(1, vote[0].ToInt32());
        Assert.InRange(divergence[0].ToDouble(), 0.4, Math.Log(2));
    }

    [Fact]
    public void Depth_is_scaled_to_the_schema_and_invalid_is_zero()
    {
        using var scope = NewDisposeScope();
        var outputs = tensor(new[] { 0.5f, 0.25f, 2f, -0.1f, 0.5f, 0.75f, 2f, -0.1f }, [2, 1, 4]);
        var validity = tensor(new[] { 3f, 3f, 3f, -3f, 3f, 3f, 3f, -3f }, [2, 1, 4]);
        var (depth, variance) = DepthDecoder.Decode(cat([outputs, validity], dim: 1), new DepthInfo("m", 1000, 1, 3));
        Assert.Equal([2000, 2000, 3000, 0], depth.data<int>());
        Assert.Equal(0.0625, variance[1].ToDouble(), 5);
    }
}
