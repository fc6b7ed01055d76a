using HandsOff.Core.StyleGan2;
using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Tests.StyleGan2;

/// <summary>A file of reference vectors: networks, inputs and the outputs that NVlabs' definition gives for them.</summary>
internal sealed class ReferenceNetworks : IDisposable
{
    private readonly Dictionary<string, Tensor> tensors;

    public ReferenceNetworks(string path)
    {
        (tensors, var figures) = SafeTensors.Read(path);
        int resolution = int.Parse(figures["resolution"]);
        Config = new StyleGan2Config
        {
            Width = resolution,
            Height = resolution,
            ZDim = int.Parse(figures["z_dim"]),
            WDim = int.Parse(figures["w_dim"]),
            MappingLayers = int.Parse(figures["mapping_layers"]),
            ChannelBase = int.Parse(figures["channel_base"]),
            ChannelMax = int.Parse(figures["channel_max"]),
            MbstdGroup = int.Parse(figures["mbstd_group"]),
        };
        Generator = new HandsOff.Core.StyleGan2.Generator(Config);
        Generator.LoadStateTensors(Part("G."));
        Discriminator = new Discriminator(Config);
        Discriminator.LoadStateTensors(Part("D."));
    }

    public StyleGan2Config Config { get; }

    public HandsOff.Core.StyleGan2.Generator Generator { get; }

    public Discriminator Discriminator { get; }

    public IEnumerable<string> Names => tensors.Keys.Order(StringComparer.Ordinal);

    public Tensor this[string name] => tensors[name];

    /// <summary>Fails unless the tensor lies within <paramref name="tolerance"/> of the expected one, relative to its largest value.</summary>
    public static void AssertClose(Tensor expected, Tensor actual, string what, double tolerance = 1e-4)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(expected.shape, actual.shape);
        double largest = expected.abs().max().item<float>();
        double worst = (expected - actual).abs().max().item<float>();
        Assert.True(worst <= tolerance * largest, $"{what}: differs by {worst:g3} where the largest value is {largest:g3}");
    }

    public void Dispose()
    {
        Generator.Dispose();
        Discriminator.Dispose();
        foreach (var tensor in tensors.Values) tensor.Dispose();
    }

    private Dictionary<string, Tensor> Part(string prefix) => tensors
        .Where(t => t.Key.StartsWith(prefix, StringComparison.Ordinal))
        .ToDictionary(t => t.Key[prefix.Length..], t => t.Value);
}
