using System.Text.RegularExpressions;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.StyleGan2.Import;

/// <summary>Reads a generator's sizes off the shapes of its tensors (NVlabs names).</summary>
internal static partial class NetworkShape
{
    /// <param name="state">Tensors by NVlabs name.</param>
    /// <param name="where">Named in errors.</param>
    /// <param name="mbstdGroup">The discriminator's group size: no tensor shows it.</param>
    /// <exception cref="HandsOffException">No StyleGAN2 has these shapes; names the tensor.</exception>
    public static StyleGan2Config Infer(IReadOnlyDictionary<string, Tensor> state, string where, int mbstdGroup)
    {
        if (state.Keys.Any(k => k.StartsWith("mapping.embed.", StringComparison.Ordinal)))
            throw new HandsOffException($"{where}: a class-conditional generator (it has mapping.embed); only unconditional ones can be imported");

        int layers = 0;
        while (state.ContainsKey($"mapping.fc{layers}.weight")) layers++;
        var first = Shape("mapping.fc0.weight", 2);
        long wDim = Shape($"mapping.fc{layers - 1}.weight", 2)[0];
        var constant = Shape("synthesis.b4.const", 3);
        int blocks = 1 + state.Keys.Select(k => Block().Match(k)).Where(m => m.Success).Max(m => System.Numerics.BitOperations.Log2(uint.Parse(m.Groups[1].Value)) - 2);
        long[] channels = [.. Enumerable.Range(0, blocks).Select(b => Shape($"synthesis.b{4 << b}.conv1.weight", 4)[0])];
        var (channelBase, channelMax) = Channels(channels, where);

        long width = constant[2] << (blocks - 1), height = constant[1] << (blocks - 1);
        if (width > 1 << 14 || height > 1 << 14 || wDim > 1 << 14 || first[1] > 1 << 14) throw new HandsOffException($"{where}: a generator of {width}x{height} px, z {first[1]}, w {wDim}: larger than any StyleGAN2");
        var config = new StyleGan2Config
        {
            Width = (int)width,
            Height = (int)height,
            ZDim = (int)first[1],
            WDim = (int)wDim,
            MappingLayers = layers,
            ChannelBase = channelBase,
            ChannelMax = channelMax,
            MbstdGroup = mbstdGroup,
        };
        // A constant smaller than 4 px has more blocks than the image's size says by itself.
        return (config.Blocks == blocks ? config : config with { BlockCount = blocks }).Validate();

        long[] Shape(string name, int dimensions)
        {
            if (!state.TryGetValue(name, out var tensor)) throw new HandsOffException($"{where}: tensor '{name}' is missing; every StyleGAN2 generator has it");
            return tensor.dim() == dimensions && tensor.NumberOfElements > 0
                ? tensor.shape
                : throw new HandsOffException($"{where}: tensor '{name}' has shape [{string.Join(", ", tensor.shape)}]; {dimensions} dimensions would be right");
        }
    }

    // Channels at resolution r are min(base / r, max): each block bounds the base from both sides.
    private static (int Base, int Max) Channels(long[] channels, string where)
    {
        long max = channels.Max(), low = 1, high = int.MaxValue;
        for (int b = 0; b < channels.Length; b++)
        {
            long resolution = StyleGan2Config.ResolutionOf(b);
            low = Math.Max(low, channels[b] * resolution);
            if (channels[b] < max) high = Math.Min(high, (channels[b] * resolution) + resolution - 1);
        }

        return low <= high
            ? ((int)low, (int)max)
            : throw new HandsOffException($"{where}: its blocks have {string.Join(", ", channels)} channels, which follow no min(base / resolution, max); only such networks can be imported");
    }

    [GeneratedRegex(@"^synthesis\.b(4|8|16|32|64|128|256|512|1024|2048|4096)\.")]
    private static partial Regex Block();
}
