using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.StyleGan2;

/// <summary>ws to image: the skip generator (each block adds its RGB to the upsampled RGB so far).</summary>
internal sealed class SynthesisNetwork : nn.Module
{
    public SynthesisNetwork(StyleGan2Config config, torch.Generator random) : base(nameof(SynthesisNetwork))
    {
        Blocks = [.. Enumerable.Range(0, config.Blocks).Select(b => this.Add($"b{StyleGan2Config.ResolutionOf(b)}", new SynthesisBlock(config, b, random)))];
        this.AddBuffer(Fir.BufferName, Fir.Depthwise(3, gain: 4));
    }

    public IReadOnlyList<SynthesisBlock> Blocks { get; }

    /// <summary>The styled convolutions in order: b4.conv1, then conv0 and conv1 of each later block.</summary>
    public IEnumerable<StyledConv> Convs => Blocks.SelectMany(b => b.Conv0 is null ? (StyledConv[])[b.Conv1] : [b.Conv0, b.Conv1]);

    public Tensor Apply(Tensor ws, NoiseMode mode, IReadOnlyList<Tensor>? maps, List<Tensor>? taps, ScalarType precision)
    {
        var w = ws.unbind(1);
        var first = Blocks[0];
        var x = ChannelsLast.Of(first.Const.unsqueeze(0)).expand(ws.shape[0], -1, -1, -1);
        taps?.Add(x);
        int conv = 0;
        Tensor Next(StyledConv layer, Tensor input, ScalarType type)
        {
            var noise = mode switch
            {
                NoiseMode.None => null,
                NoiseMode.Const => layer.NoiseConst.unsqueeze(0).unsqueeze(0),
                _ => maps![conv],
            };
            var output = layer.Apply(input, w[conv], noise, type);
            conv++;
            taps?.Add(output);
            return output;
        }

        x = Next(first.Conv1, x, ScalarType.Float32);
        var rgb = first.Rgb.Apply(x, w[conv]);
        foreach (var block in Blocks.Skip(1))
        {
            foreach (var layer in new[] { block.Conv0!, block.Conv1 })
                x = Next(layer, x, Precision.Of(block.Resolution, layer.Weight.shape[1], layer.Weight.shape[0], precision));
            // The RGB layer shares its latent with the next block's first convolution.
            rgb = Fir.Upsample(rgb, get_buffer(Fir.BufferName)!).Plus(block.Rgb.Apply(x, w[conv]));
        }

        return rgb;
    }
}
