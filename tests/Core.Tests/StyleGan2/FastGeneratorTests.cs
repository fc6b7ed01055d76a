using HandsOff.Core.StyleGan2;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Tests.StyleGan2;

public sealed class FastGeneratorTests
{
    private static readonly StyleGan2Config Square = new() { Width = 32, Height = 32, ZDim = 24, WDim = 20, MappingLayers = 2, ChannelBase = 512, ChannelMax = 24 };
    private static readonly StyleGan2Config Wide = Square with { Width = 96, Height = 64 };

    public enum Shape
    {
        Square,
        Wide,
        Tall,
    }

    [Theory]
    [InlineData(Shape.Square, NoiseMode.Const)]
    [InlineData(Shape.Square, NoiseMode.None)]
    [InlineData(Shape.Square, NoiseMode.Seeded)]
    [InlineData(Shape.Wide, NoiseMode.Const)]
    [InlineData(Shape.Wide, NoiseMode.Seeded)]
    [InlineData(Shape.Tall, NoiseMode.Const)]
    public void Images_and_taps_are_the_trainable_generators(Shape shape, NoiseMode mode)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var config = shape switch { Shape.Square => Square, Shape.Wide => Wide, _ => Wide with { Width = 64, Height = 96 } };
        using var random = new torch.Generator(3, CPU);
        using var source = Lively(config, random);
        using var fast = new FastGenerator(source, CPU);
        var z = randn(3, config.ZDim, generator: random);
        var maps = mode == NoiseMode.Seeded ? Noise(config, 3, random) : null;
        List<Tensor> expectedTaps = [], taps = [];

        var expected = source.Synthesize(source.Map(z, 0.6f, 3), mode, maps, expectedTaps);
        var actual = fast.Synthesize(fast.Map(z, 0.6f, 3), mode, maps, taps);

        Assert.Equal([3, 3, config.Height, config.Width], actual.shape);
        ReferenceNetworks.AssertClose(expected, actual, "image");
        Assert.Equal(config.Taps.Count, taps.Count);
        foreach (var (tap, want, got) in config.Taps.Zip(expectedTaps, taps)) ReferenceNetworks.AssertClose(want, got, tap.Name);
    }

    [Fact]
    public void Asking_for_taps_changes_no_bit_of_the_image()
    {
        using var scope = NewDisposeScope();
        using var random = new torch.Generator(4, CPU);
        using var source = Lively(Square, random);
        using var fast = new FastGenerator(source, CPU);
        var ws = fast.Map(randn(4, Square.ZDim, generator: random));
        AssertSame(fast.Synthesize(ws, taps: []), fast.Synthesize(ws), "the image");
    }

    [Fact]
    public void Maps_in_bfloat16_move_the_image_by_a_rounding_and_leave_it_fp32()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var random = new torch.Generator(9, CPU);
        using var source = Lively(Square, random);
        using var fast = new FastGenerator(source, CPU);
        using var reduced = new FastGenerator(source, CPU, ScalarType.BFloat16);
        var ws = fast.Map(randn(4, Square.ZDim, generator: random), 0.7f);
        var taps = new List<Tensor>();
        var expected = fast.Synthesize(ws);
        var actual = reduced.Synthesize(ws, taps: taps);
        Assert.Equal(ScalarType.Float32, actual.dtype);
        Assert.Equal(ScalarType.Float32, taps[3].dtype); // 8 pixels: small maps stay as they are
        Assert.Equal(ScalarType.BFloat16, taps[^1].dtype);

        // bfloat16 has 8 bits: half a unit in the last place is 1/512 of a value.
        double off = (actual - expected).abs().mean().item<float>() / expected.abs().max().item<float>();
        Assert.InRange(off, 1e-6, 1 / 256.0);
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void A_samples_bits_do_not_depend_on_its_place_its_neighbours_or_the_threads(ScalarType type)
    {
        using var scope = NewDisposeScope();
        const int Batch = 8;
        int threads = get_num_threads();
        using var random = new torch.Generator(5, CPU);
        var config = Square with { Width = 64, Height = 64, ChannelBase = 1024, ChannelMax = 64 };
        using var source = Lively(config, random);
        using var fast = new FastGenerator(source, CPU, type);
        var z = randn(Batch, config.ZDim, generator: random);
        var maps = Noise(config, Batch, random);
        Tensor Render(Tensor latents, IEnumerable<Tensor> noise) => fast.Synthesize(fast.Map(latents, 0.7f), NoiseMode.Seeded, [.. noise]);
        try
        {
            var reference = Render(z, maps);

            var order = tensor(new long[] { 5, 2, 7, 0, 3, 6, 1, 4 });
            AssertSame(reference[order], Render(z[order], maps.Select(m => m[order])), "permuted batch");

            // Five samples kept, three replaced: the last batch of a run, padded.
            Tensor Pad(Tensor t) => cat([t[..5], zeros_like(t[..3])]);
            AssertSame(reference[..5], Render(Pad(z), maps.Select(Pad))[..5], "other neighbours");

            set_num_threads(threads == 1 ? 2 : 1);
            AssertSame(reference, Render(z, maps), "another number of threads");
        }
        finally
        {
            set_num_threads(threads);
        }
    }

    [Fact]
    public void Rendering_leaves_only_its_results_behind_and_disposal_frees_the_rest()
    {
        using var random = new torch.Generator(6, CPU);
        long before = Live();
        using (var source = Lively(Square, random))
        {
            var fast = new FastGenerator(source, CPU);
            long prepared = Live();
            var z = randn(2, Square.ZDim, generator: random);
            for (int i = 0; i < 3; i++)
            {
                var taps = new List<Tensor>();
                var ws = fast.Map(z, 0.5f, 4);
                var image = fast.Synthesize(ws, taps: taps);
                Assert.Equal(prepared + 3 + taps.Count, Live());
                foreach (var tap in taps) tap.Dispose();
                image.Dispose();
                ws.Dispose();
            }

            z.Dispose();
            Assert.Equal(prepared, Live());
            fast.Dispose();
            Assert.Throws<ObjectDisposedException>(() => fast.Synthesize(null!));
        }

        Assert.Equal(before, Live());
    }

    [Fact]
    public void It_keeps_rendering_the_same_after_its_source_has_changed()
    {
        using var scope = NewDisposeScope();
        using var random = new torch.Generator(7, CPU);
        var source = Lively(Square, random);
        using var fast = new FastGenerator(source, CPU);
        var ws = fast.Map(randn(2, Square.ZDim, generator: random), 0.7f);
        var before = fast.Synthesize(ws);
        using (no_grad())
        {
            foreach (var p in source.parameters()) p.mul_(1.5f);
            source.WAverage.add_(1);
        }

        source.Dispose();
        AssertSame(before, fast.Synthesize(ws), "the image");
    }

    [Fact]
    public void Wrong_shapes_are_named_before_any_work()
    {
        using var scope = NewDisposeScope();
        using var source = new HandsOff.Core.StyleGan2.Generator(Square);
        using var fast = new FastGenerator(source, CPU);
        Assert.Contains("expected [B, 24]", Assert.Throws<ArgumentException>(() => fast.Map(zeros(2, 23))).Message);
        Assert.Contains("expected [B, 8, 20]", Assert.Throws<ArgumentException>(() => fast.Synthesize(zeros(2, 7, 20))).Message);
        Assert.Contains("0 noise maps for 7", Assert.Throws<ArgumentException>(() => fast.Synthesize(zeros(2, 8, 20), NoiseMode.Seeded)).Message);
        using var random = new torch.Generator(8, CPU);
        var maps = Noise(Square, 2, random);
        maps[1] = zeros(2, 1, 4, 8);
        Assert.Contains("b8.conv0", Assert.Throws<ArgumentException>(() => fast.Synthesize(zeros(2, 8, 20), NoiseMode.Seeded, maps)).Message);
    }

    /// <summary>A generator whose biases, noise strengths and mean are not zero, so that no term goes untested.</summary>
    internal static HandsOff.Core.StyleGan2.Generator Lively(StyleGan2Config config, torch.Generator random)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var g = new HandsOff.Core.StyleGan2.Generator(config, random);
        foreach (var (name, p) in g.named_parameters())
            if (name.EndsWith("bias", StringComparison.Ordinal) || name.EndsWith("noise_strength", StringComparison.Ordinal))
                p.add_(randn(p.shape, generator: random) * 0.3f);
        g.WAverage.copy_(randn(config.WDim, generator: random) * 0.2f);
        return g;
    }

    internal static List<Tensor> Noise(StyleGan2Config config, int batch, torch.Generator random) =>
        [.. config.Taps.Skip(1).Select(t => randn(batch, 1, t.Height, t.Width, generator: random))];

    private static void AssertSame(Tensor expected, Tensor actual, string what)
    {
        long different = (expected != actual).sum().item<long>();
        Assert.True(different == 0, $"{what}: {different} values of {expected.NumberOfElements} differ");
    }

    private static long Live() => DisposeScopeManager.Statistics.ThreadTotalLiveCount;
}
