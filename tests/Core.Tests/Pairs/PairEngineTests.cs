using System.Runtime.InteropServices;
using System.Security.Cryptography;
using HandsOff.Core.Datasets;
using HandsOff.Core.Labeling;
using HandsOff.Core.Pairs;
using HandsOff.Core.StyleGan2;
using TorchSharp;

namespace HandsOff.Core.Tests.Pairs;

public sealed class PairEngineTests : IDisposable
{
    private const LabelKinds All = LabelKinds.Segmentation | LabelKinds.Keypoints | LabelKinds.Depth;
    private static readonly SampleRecipe Recipe = new(7, 0.7f, null, NoiseMode.Const, All);
    private readonly TemporaryFolder _folder = new();
    private readonly PairEngine _engine;

    public PairEngineTests() => _engine = PairEngine.Open(TrialPair.Create(_folder.Path, calibrationSamples: 8));

    public void Dispose()
    {
        _engine.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(NoiseMode.Const)]
    [InlineData(NoiseMode.Seeded)]
    public void A_sample_is_the_same_alone_padded_and_at_any_place(NoiseMode noise)
    {
        var recipe = Recipe with { Noise = noise };
        var keys = Enumerable.Range(0, 8).Select(i => new SampleKey(i, 0)).ToArray();
        string[] together = [.. _engine.Generate(keys, recipe).Select(Digest)];
        string[] reversed = [.. _engine.Generate(keys.Reverse().ToArray(), recipe).Select(Digest).Reverse()];
        string[] alone = [.. keys.Select(k => Digest(_engine.Generate([k], recipe).Single()))];
        Assert.Equal(together, reversed);
        Assert.Equal(together, alone);
        Assert.Equal(8, together.Distinct().Count());
    }

    [Fact]
    public void Seed_index_attempt_truncation_and_noise_each_change_a_sample()
    {
        string Of(SampleKey key, SampleRecipe recipe) => Digest(_engine.Generate([key], recipe).Single());
        string[] all =
        [
            Of(new(0, 0), Recipe), Of(new(1, 0), Recipe), Of(new(0, 1), Recipe), Of(new(0, 0), Recipe with { Seed = 8 }),
            Of(new(0, 0), Recipe with { Truncation = 1 }), Of(new(0, 0), Recipe with { Noise = NoiseMode.Seeded }), Of(new(0, 0), Recipe with { Noise = NoiseMode.None }),
            Of(new(0, 1), Recipe with { Noise = NoiseMode.Seeded }), Of(new(0, 0), Recipe with { Noise = NoiseMode.Seeded, Seed = 8 }),
        ];
        Assert.Equal(all.Length, all.Distinct().Count());
    }

    [Fact]
    public void Seeded_noise_alone_changes_a_sample()
    {
        // At truncation 0 every latent is the mean one: only the noise is left.
        var mean = Recipe with { Truncation = 0 };
        Assert.Single(Enumerable.Range(0, 3).Select(i => Digest(_engine.Generate([new SampleKey(i, 0)], mean).Single())).Distinct());
        var seeded = mean with { Noise = NoiseMode.Seeded };
        Assert.Equal(4, new[] { new SampleKey(0, 0), new(1, 0), new(2, 0), new(0, 1) }.Select(k => Digest(_engine.Generate([k], seeded).Single())).Distinct().Count());
    }

    [Fact]
    public void The_kernel_class_names_a_cpus_maker_and_older_ones_without_it_may_be_the_same()
    {
        var now = _engine.KernelClass;
        Assert.Matches("^cpu/(x64/[a-z0-9-]+/[a-z0-9]+([+]bf16)?([+]amx)?|arm64/base)$", now.Device);
        Assert.Equal(now, PairEngine.ClassOn(torch.CPU, torch.ScalarType.Float32));
        Assert.Equal(Precision.BFloat16IsFast, now.Device.Contains('+', StringComparison.Ordinal));
        var older = now with { Device = string.Join('/', now.Device.Split('/')[..3]) };
        Assert.True(older.MayBe(now));
        Assert.False((older with { Device = "cpu/x64/av" }).MayBe(now));
        Assert.False((older with { Dtype = "bfloat16" }).MayBe(now));
        Assert.False((now with { Device = now.Device + "+none" }).MayBe(now));
    }

    [Fact]
    public void Labels_have_the_schema_s_shapes_and_ranges()
    {
        var sample = _engine.Generate([new SampleKey(3, 0)], Recipe).Single();
        Assert.Equal(16 * 16 * 3, sample.Rgb.Length);
        Assert.Equal(16 * 16, sample.Mask!.Length);
        Assert.All(sample.Mask, id => Assert.InRange(id, 0, 3));
        Assert.Equal(16 * 16, sample.Depth!.Length);
        Assert.All(sample.Depth, d => Assert.True(d == 0 || d is >= 500 and <= 3000));
        Assert.Equal(6, sample.Keypoints!.Length);
        Assert.True(float.IsFinite(sample.Uncertainty) && sample.Uncertainty >= 0);
    }

    [Fact]
    public void Labels_not_asked_for_are_absent_and_change_nothing_else()
    {
        var whole = _engine.Generate([new SampleKey(3, 0)], Recipe).Single();
        var part = _engine.Generate([new SampleKey(3, 0)], Recipe with { Labels = LabelKinds.Segmentation }).Single();
        Assert.Null(part.Depth);
        Assert.Null(part.Keypoints);
        Assert.Equal(whole.Rgb, part.Rgb);
        Assert.Equal(whole.Mask, part.Mask);
        Assert.Equal(whole.Uncertainty, part.Uncertainty);
    }

    [Fact]
    public void A_label_without_a_head_is_a_usage_error()
    {
        using var folder = new TemporaryFolder();
        using var engine = PairEngine.Open(TrialPair.Create(folder.Path, kinds: LabelKinds.Segmentation, calibrationSamples: 8));
        var e = Assert.Throws<HandsOffException>(() => engine.Generate([new SampleKey(0, 0)], Recipe with { Labels = LabelKinds.Depth }));
        Assert.Equal(HandsOffException.WrongUsage, e.ExitCode);
    }

    [Fact]
    public void Generating_leaks_no_tensors()
    {
        _engine.Generate([new SampleKey(0, 0)], Recipe);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (int i = 0; i < 3; i++) _engine.Generate([new SampleKey(i, 0)], Recipe);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static string Digest(RawSample s)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(s.Rgb);
        hash.AppendData(s.Mask!);
        hash.AppendData(MemoryMarshal.AsBytes(s.Depth.AsSpan()));
        hash.AppendData(MemoryMarshal.AsBytes(s.Keypoints.AsSpan()));
        hash.AppendData(BitConverter.GetBytes(s.Uncertainty));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
