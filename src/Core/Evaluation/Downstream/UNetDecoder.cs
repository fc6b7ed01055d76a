using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace HandsOff.Core.Evaluation.Downstream;

/// <summary>U-Net's way up: enlarge, join the finer map, one convolution to mix and one to smooth.</summary>
internal sealed class UNetDecoder : nn.Module<List<Tensor>, Tensor>
{
    private readonly ModuleList<ConvNorm> mix = new(), smooth = new();
    private readonly Conv2d outputs;

    public UNetDecoder(IReadOnlyList<int> channels, int width, int outputMaps) : base(nameof(UNetDecoder))
    {
        int from = channels[^1];
        for (int i = channels.Count - 2; i >= 0; i--)
        {
            int to = width << i;
            mix.Add(new ConvNorm(from + channels[i], to));
            smooth.Add(new ConvNorm(to, to));
            from = to;
        }

        outputs = nn.Conv2d(from, outputMaps, 1);
        RegisterComponents();
    }

    public override Tensor forward(List<Tensor> maps)
    {
        using var scope = NewDisposeScope();
        var x = maps[^1];
        for (int i = maps.Count - 2, at = 0; i >= 0; i--, at++)
            x = smooth[at].forward(mix[at].forward(cat([Resize.To(x, maps[i].shape[2], maps[i].shape[3]), maps[i]], 1)));
        return outputs.forward(x.to(ScalarType.Float32)).MoveToOuterDisposeScope();
    }
}
