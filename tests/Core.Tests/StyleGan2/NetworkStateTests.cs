using HandsOff.Core.StyleGan2;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Tests.StyleGan2;

public sealed class NetworkStateTests : IDisposable
{
    private static readonly StyleGan2Config Config = new() { Width = 24, Height = 16, ZDim = 6, WDim = 5, MappingLayers = 2, ChannelBase = 128, ChannelMax = 12, MbstdGroup = 2 };
    private readonly string folder = Directory.CreateTempSubdirectory("handsoff").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_saved_generator_loads_with_its_shape_and_renders_the_same_bits()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var random = new torch.Generator(1, CPU);
        using var saved = FastGeneratorTests.Lively(Config, random);
        string path = Path.Combine(folder, "g.safetensors");
        saved.Save(path);
        using var loaded = HandsOff.Core.StyleGan2.Generator.Load(path);
        Assert.Equal(Config, loaded.Config);
        var z = randn(2, Config.ZDim, generator: random);
        Assert.Equal(0, (saved.Synthesize(saved.Map(z, 0.5f)) != loaded.Synthesize(loaded.Map(z, 0.5f))).sum().item<long>());
    }

    [Fact]
    public void A_saved_discriminator_loads_and_gives_the_same_logits()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var random = new torch.Generator(2, CPU);
        using var saved = new Discriminator(Config, random);
        string path = Path.Combine(folder, "d.safetensors");
        saved.Save(path);
        using var loaded = Discriminator.Load(path);
        var image = randn(4, 3, 16, 24, generator: random);
        Assert.Equal(0, (saved.forward(image) != loaded.forward(image)).sum().item<long>());
    }

    [Fact]
    public void State_bears_exactly_NVlabs_names_and_no_fixed_filter()
    {
        using var scope = NewDisposeScope();
        using var reference = new ReferenceNetworks(SharedData.Reference("stylegan2_16.safetensors"));
        string[] Expected(string prefix) =>
            [.. reference.Names.Where(n => n.StartsWith(prefix, StringComparison.Ordinal) && !n.EndsWith("resample_filter", StringComparison.Ordinal)).Select(n => n[2..])];
        Assert.Equal(Expected("G."), reference.Generator.StateTensors().Keys.Order(StringComparer.Ordinal));
        Assert.Equal(Expected("D."), reference.Discriminator.StateTensors().Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Missing_strange_and_misshapen_tensors_are_named()
    {
        using var scope = NewDisposeScope();
        using var g = new HandsOff.Core.StyleGan2.Generator(Config);
        Dictionary<string, Tensor> State() => g.StateTensors().ToDictionary();
        var state = State();
        state.Remove("mapping.fc1.bias");
        Assert.Contains("'mapping.fc1.bias' is missing", Assert.Throws<HandsOffException>(() => g.LoadStateTensors(state)).Message);
        state = State();
        state["synthesis.b8.conv0.weight"] = zeros(12, 12, 3, 2);
        Assert.Contains("'synthesis.b8.conv0.weight' has shape [12, 12, 3, 2], expected [12, 12, 3, 3]", Assert.Throws<HandsOffException>(() => g.LoadStateTensors(state)).Message);
        state = State();
        state["mapping.embed.weight"] = zeros(1);
        Assert.Contains("'mapping.embed.weight' is no part", Assert.Throws<HandsOffException>(() => g.LoadStateTensors(state)).Message);
        state = State();
        state["mapping.fc1.bias"] = full_like(state["mapping.fc1.bias"], float.NaN);
        Assert.Contains("here.safetensors: tensor 'mapping.fc1.bias' holds NaN", Assert.Throws<HandsOffException>(() => g.LoadStateTensors(state, "here.safetensors")).Message);
        string foreign = Path.Combine(folder, "foreign.safetensors");
        HandsOff.Core.Tensors.SafeTensors.Write(foreign, g.StateTensors());
        Assert.Contains("no whole number 'width'", Assert.Throws<HandsOffException>(() => HandsOff.Core.StyleGan2.Generator.Load(foreign)).Message);
    }

    [Fact]
    public void Networks_free_every_tensor_on_disposal_even_when_made_inside_a_scope()
    {
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        HandsOff.Core.StyleGan2.Generator g;
        Discriminator d;
        using (NewDisposeScope())
        {
            g = new HandsOff.Core.StyleGan2.Generator(Config);
            d = new Discriminator(Config);
        }

        Assert.DoesNotContain(g.parameters().Concat(d.parameters()), p => p.IsInvalid);
        g.Dispose();
        d.Dispose();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void The_mean_latent_follows_the_batches_it_is_shown()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var random = new torch.Generator(3, CPU);
        using var g = new HandsOff.Core.StyleGan2.Generator(Config, random);
        var z = randn(8, Config.ZDim, generator: random);
        var w = g.Map(z)[.., 0];
        Assert.Equal(0, g.WAverage.abs().max().item<float>());
        g.Map(z, updateAverage: true);
        ReferenceNetworks.AssertClose(w.mean([0]) * 0.005f, g.WAverage, "mean latent");
    }

    [Theory]
    [InlineData(8, 4, 4)]
    [InlineData(3, 4, 3)]
    [InlineData(6, 4, 3)]
    [InlineData(5, 4, 1)]
    [InlineData(1, 4, 1)]
    public void Minibatch_deviation_groups_by_the_largest_divisor(int batch, int group, int expected)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(expected, MinibatchStd.GroupSize(batch, group));
        using var d = new Discriminator(Config with { MbstdGroup = group });
        Assert.Equal([batch, 1], d.forward(ones(batch, 3, 16, 24)).shape);
    }
}
