using HandsOff.Core.Checkpoints;
using HandsOff.Core.StyleGan2;
using HandsOff.Core.StyleGan2.Import;
using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;
using Generator = HandsOff.Core.StyleGan2.Generator;

namespace HandsOff.Core.Tests.StyleGan2;

/// <summary>Checkpoints of others give networks that render the same images.</summary>
public sealed class ImportTests
{
    [Fact]
    public void A_rosinality_generator_renders_the_images_of_its_NVlabs_twin_at_16_px()
        => CheckImages(SharedData.Reference("rosinality_16.pt"), SharedData.Reference("stylegan2_16.safetensors"), "rosinality", CheckpointFormat.TorchZip);

    [Fact]
    public void A_rosinality_generator_renders_the_images_of_its_NVlabs_twin_at_32_px()
        => CheckImages(SharedData.Require("reference", "rosinality_32.pt"), SharedData.Require("reference", "stylegan2_32.safetensors"), "rosinality", CheckpointFormat.TorchZip);

    [Fact]
    public void A_rosinality_checkpoint_of_an_older_torch_renders_the_same_images()
        => CheckImages(SharedData.Reference("rosinality_16_old.pt"), SharedData.Reference("stylegan2_16.safetensors"), "rosinality", CheckpointFormat.TorchLegacy);

    [Fact]
    public void An_NVlabs_pickle_renders_the_images_of_its_averaged_generator()
        => CheckImages(SharedData.Reference("nvlabs_16.pkl"), SharedData.Reference("stylegan2_16.safetensors"), "NVlabs", CheckpointFormat.Pickle);

    [Fact]
    public void Safetensors_with_NVlabs_names_render_the_same_images()
        => CheckImages(SharedData.Reference("stylegan2_16.safetensors"), SharedData.Reference("stylegan2_16.safetensors"), "NVlabs", CheckpointFormat.SafeTensors);

    [Theory]
    [InlineData("nvlabs_16.pkl")]
    [InlineData("stylegan2_16.safetensors")]
    public void The_discriminator_beside_it_gives_the_reference_logits(string name)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var reference = new ReferenceNetworks(SharedData.Reference("stylegan2_16.safetensors"));
        using var imported = GeneratorImporter.Import(SharedData.Reference(name));
        ReferenceNetworks.AssertClose(reference["out.d_logits"], imported.Discriminator!.forward(reference["in.d_image"]), "logits");
        Assert.Equal(4, imported.Discriminator.Config.MbstdGroup);
    }

    [Fact]
    public void An_imported_generator_survives_saving_and_loading_unchanged()
    {
        using var scope = NewDisposeScope();
        using var imported = GeneratorImporter.Import(SharedData.Reference("nvlabs_16.pkl"));
        using var file = new Checkpoints.TempFile([]);
        imported.Generator.Save(file.Path);
        using var again = Generator.Load(file.Path);
        Assert.Equal(imported.Generator.Config, again.Config);
        foreach (var (name, value) in imported.Generator.StateTensors()) Assert.True(value.eq(again.StateTensors()[name]).all().ToBoolean(), name);
    }

    [Theory]
    [InlineData(64, 64, 32768, 512, null)]
    [InlineData(64, 64, 2048, 64, null)]
    [InlineData(64, 96, 1024, 24, null)]
    [InlineData(96, 64, 1024, 300, null)]
    [InlineData(16, 32, 512, 20, 4)] // grows from 2x4, as StyleGAN-Human does
    public void Sizes_are_read_off_the_shapes(int width, int height, int channelBase, int channelMax, int? blocks)
    {
        if (channelMax > 300) channelBase /= 16; // the same proportions, lighter
        var config = new StyleGan2Config { Width = width, Height = height, ZDim = 12, WDim = 20, MappingLayers = 3, ChannelBase = channelBase, ChannelMax = channelMax / 8, BlockCount = blocks };
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var original = new Generator(config);
        using var file = new Checkpoints.TempFile([]);
        SafeTensors.Write(file.Path, original.StateTensors());
        using var imported = GeneratorImporter.Import(file.Path);
        var found = imported.Generator.Config;
        Assert.Equal((width, height, 12, 20, 3, blocks), (found.Width, found.Height, found.ZDim, found.WDim, found.MappingLayers, found.BlockCount));
        Assert.Equal(config.Taps, found.Taps);
        var z = randn(2, 12);
        var image = original.Synthesize(original.Map(z));
        Assert.Equal([2L, 3, height, width], image.shape);
        Assert.True(image.eq(imported.Generator.Synthesize(imported.Generator.Map(z))).all().ToBoolean());
    }

    [Fact]
    public void A_missing_mean_latent_is_estimated_and_said()
    {
        using var scope = NewDisposeScope();
        using var file = Tampered(s => s.Remove("mapping.w_avg"));
        using var imported = GeneratorImporter.Import(file.Path);
        Assert.Contains(imported.Notes, n => n.Contains("mean latent"));
        Assert.True(imported.Generator.WAverage.abs().sum().ToSingle() > 0);
    }

    [Fact]
    public void Unexpected_tensors_are_named_with_what_would_be_right()
    {
        Check(s => s.Remove("synthesis.b8.conv1.affine.bias"), "'synthesis.b8.conv1.affine.bias' is missing");
        Check(s => s.Remove("synthesis.b16.conv1.weight"), "'synthesis.b16.conv1.weight' is missing");
        Check(s => s.Remove("mapping.fc0.weight"), "'mapping.fc0.weight' is missing");
        Check(s => s["synthesis.b8.skip.weight"] = zeros(3, 3), "'synthesis.b8.skip.weight' is no part");
        Check(s => s["mapping.fc1.weight"] = zeros(16, 8), "'mapping.fc1.weight' has shape [16, 8], expected [16, 16]");
        Check(s => s["synthesis.b4.const"] = zeros(16, 4), "'synthesis.b4.const' has shape [16, 4]");
        Check(s => s["synthesis.b8.conv1.weight"] = zeros(11, 16, 3, 3), "channels");
        Check(s => s["mapping.embed.weight"] = zeros(16, 10), "class-conditional");
        Check(s => s["synthesis.b8.torgb.bias"] = full([3], float.NaN), "'synthesis.b8.torgb.bias' holds NaN");
        Check(s => s["synthesis.b8.resample_filter"] = ones(4, 4), "resampling filter");
        Check(s => s.Remove("synthesis.b4.const"), "no StyleGAN2 generator");

        static void Check(Action<Dictionary<string, Tensor>> tamper, string expected)
        {
            using var scope = NewDisposeScope();
            using var file = Tampered(tamper);
            var e = Assert.Throws<HandsOffException>(() => GeneratorImporter.Import(file.Path).Dispose());
            Assert.StartsWith(file.Path, e.Message);
            Assert.Contains(expected, e.Message);
        }
    }

    [Fact]
    public void A_labeler_member_is_pointed_to_its_own_import()
        => Assert.Contains("--as labeler", Assert.Throws<HandsOffException>(() => GeneratorImporter.Import(SharedData.Reference("model_0.pth"))).Message);

    [Fact]
    public void Importing_leaves_no_tensor_behind()
    {
        using var first = GeneratorImporter.Import(SharedData.Reference("nvlabs_16.pkl"));
        // TorchSharp never counts down a tensor whose handle a Parameter took over: as many as making the networks leaves.
        long start = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        new Generator(first.Generator.Config).Dispose();
        new Discriminator(first.Generator.Config).Dispose();
        long making = DisposeScopeManager.Statistics.ThreadTotalLiveCount - start;
        start = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        GeneratorImporter.Import(SharedData.Reference("nvlabs_16.pkl")).Dispose();
        Assert.Equal(making, DisposeScopeManager.Statistics.ThreadTotalLiveCount - start);
    }

    private static Checkpoints.TempFile Tampered(Action<Dictionary<string, Tensor>> tamper)
    {
        var state = CheckpointReader.ReadStateDict(SharedData.Reference("nvlabs_16.pkl"));
        tamper(state);
        var file = new Checkpoints.TempFile([]);
        SafeTensors.Write(file.Path, state);
        foreach (var t in state.Values) t.Dispose();
        return file;
    }

    private static void CheckImages(string path, string vectors, string layout, CheckpointFormat format)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var reference = new ReferenceNetworks(vectors);
        using var imported = GeneratorImporter.Import(path);
        Assert.Equal(layout, imported.Layout);
        Assert.Equal(format, imported.Format);
        Assert.Empty(imported.Notes);
        var g = imported.Generator;
        foreach (var (name, psi, cutoff) in ((string, float, int?)[])[("psi1.0", 1, null), ("psi0.7", 0.7f, null), ("psi0.5_cut4", 0.5f, 4)])
            foreach (var mode in (NoiseMode[])[NoiseMode.Const, NoiseMode.None])
            {
                string key = $"out.image_{name}_{(mode == NoiseMode.None ? "none" : "const")}";
                ReferenceNetworks.AssertClose(reference[key], g.Synthesize(g.Map(reference["in.z"], psi, cutoff), mode), key);
            }
    }
}
