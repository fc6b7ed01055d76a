using System.Text.Json;
using HandsOff.Core.Evaluation;
using HandsOff.Core.Imaging;
using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Tests.Evaluation;

public sealed class LpipsTests
{
    [Theory]
    [InlineData(LpipsNet.Squeeze, "squeeze")]
    [InlineData(LpipsNet.Alex, "alex")]
    public void Distances_layers_and_features_equal_the_published_implementation(LpipsNet net, string name)
    {
        using var vectors = JsonDocument.Parse(File.ReadAllText(SharedData.Require("data", "lpips", "test_vectors.json")));
        var golden = vectors.RootElement.GetProperty("nets").GetProperty(name);
        using var lpips = Load(net);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (reference, p0, p1) = (Image("ex_ref.png"), Image("ex_p0.png"), Image("ex_p1.png"));

        Near(golden.GetProperty("d_ref_p0").GetDouble(), lpips.Distance(reference, p0).item<float>());
        Near(golden.GetProperty("d_ref_p1").GetDouble(), lpips.Distance(reference, p1).item<float>());
        var layers = PerceptualLoss.PerLayer(lpips.Embed(reference), lpips.Embed(p0));
        var expected = golden.GetProperty("per_layer_ref_p0").EnumerateArray().Select(e => e.GetDouble()).ToList();
        Assert.Equal(expected.Count, layers.Count);
        for (int i = 0; i < layers.Count; i++) Near(expected[i], layers[i].item<float>());

        var features = lpips.Features(reference);
        for (int i = 0; i < features.Count; i++)
        {
            Assert.Equal(golden.GetProperty("feature_shapes_ref")[i].EnumerateArray().Select(e => e.GetInt64()), features[i].shape);
            double mean = golden.GetProperty("feature_mean_ref")[i].GetDouble();
            Assert.Equal(mean, features[i].mean().item<float>(), 1e-4 * Math.Max(1, mean));
            var first = features[i][0, .., 0, 0][..8].clone().data<float>().ToArray();
            for (int k = 0; k < 8; k++)
            {
                double value = golden.GetProperty("feature_first8_ref")[i][k].GetDouble();
                Assert.Equal(value, first[k], 1e-4 * Math.Max(1, value));
            }
        }
    }

    [Fact]
    public void The_gradient_with_respect_to_the_image_agrees_with_a_finite_difference()
    {
        using var lpips = Load(LpipsNet.Squeeze);
        using var scope = NewDisposeScope();
        var (target, start) = (Image("ex_ref.png"), Image("ex_p1.png"));
        start.requires_grad = true;
        lpips.Distance(start, target).sum().backward();
        using var noGrad = no_grad();
        var gradient = start.grad!;
        var direction = gradient / gradient.norm();
        const double step = 0.05;
        double slope = (lpips.Distance(start + (direction * step), target).item<float>() - lpips.Distance(start - (direction * step), target).item<float>()) / (2 * step);
        double expected = gradient.norm().item<float>();
        Assert.Equal(expected, slope, 0.05 * expected);
    }

    [Fact]
    public void The_gradient_of_equal_flat_images_is_finite()
    {
        using var lpips = Load(LpipsNet.Squeeze);
        using var scope = NewDisposeScope();
        var x = full(new long[] { 1, 3, 32, 32 }, -1f).requires_grad_();
        lpips.Distance(x, full(new long[] { 1, 3, 32, 32 }, -1f)).sum().backward();
        Assert.True(x.grad!.isfinite().all().item<bool>());
    }

    [Fact]
    public void VGG_16_has_the_published_layers()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var random = LpipsWeights.Shapes(LpipsNet.Vgg).ToDictionary(s => s.Name, s => zeros(s.Shape));
        using var network = new FeatureNetwork(random, LpipsNet.Vgg, "zeros");
        // conv1_2, conv2_2, conv3_3, conv4_3, conv5_3 (Zhang et al. 2018).
        Assert.Equal<long[]>([[1, 64, 32, 48], [1, 128, 16, 24], [1, 256, 8, 12], [1, 512, 4, 6], [1, 512, 2, 3]], network.Taps(zeros(1, 3, 32, 48)).Select(t => t.shape));
    }

    [Fact]
    public void Images_smaller_than_the_poolings_need_are_enlarged_and_rectangles_are_taken_as_they_are()
    {
        using var lpips = Load(LpipsNet.Squeeze);
        using var scope = NewDisposeScope();
        var generator = new Generator(3);
        var (small, other) = (rand([2, 3, 16, 24], generator: generator), rand([2, 3, 16, 24], generator: generator));
        Assert.Equal([2L], lpips.Distance(small, other).shape);
        Assert.True((lpips.Distance(small, other) > 0).all().item<bool>());
        Assert.Equal(0, lpips.Distance(small, small).abs().max().item<float>());
    }

    [Fact]
    public void Distances_leave_no_tensor_behind()
    {
        using var lpips = Load(LpipsNet.Squeeze);
        using var x = rand(new long[] { 1, 3, 32, 32 });
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        lpips.Distance(x, x).Dispose();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void A_file_that_lacks_a_tensor_is_refused_by_name()
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory("handsoff").FullName, "w.safetensors");
        using var x = zeros(1);
        SafeTensors.Write(path, [KeyValuePair.Create("features.0.bias", x)]);
        var error = Assert.Throws<HandsOffException>(() => Lpips.Load(path, LpipsNet.Alex));
        Assert.Contains("features.0.weight", error.Message);
        Assert.Contains(path, error.Message);
    }

    private static Lpips Load(LpipsNet net) => Lpips.Load(SharedData.Require("data", "lpips", LpipsWeights.FileName(net)), net);

    private static Tensor Image(string name)
    {
        var (rgb, width, height) = ImageFile.ReadRgb(SharedData.Require("data", "lpips", name));
        return Pixels.FromRgb(rgb, width, height).unsqueeze(0);
    }

    private static void Near(double expected, double actual) => Assert.Equal(expected, actual, 1e-4);
}
