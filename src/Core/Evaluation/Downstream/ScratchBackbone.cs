using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace HandsOff.Core.Evaluation.Downstream;

/// <summary>
/// Four scales from scratch, two convolutions each: strides 1, 2, 4, 8. With <c>atrous</c> the last scale keeps stride 4
/// and dilates its convolutions instead, as DeepLab does.
/// </summary>
internal sealed class ScratchBackbone : nn.Module<Tensor, List<Tensor>>, IBackbone
{
    private readonly ModuleList<ConvNorm> first = new(), second = new();
    private readonly bool _atrous;

    public ScratchBackbone(int channels, bool atrous) : base(nameof(ScratchBackbone))
    {
        _atrous = atrous;
        Channels = [channels, 2 * channels, 4 * channels, 4 * channels];
        int from = 3;
        for (int i = 0; i < Channels.Count; i++)
        {
            int dilation = atrous && i == 3 ? 2 : 1;
            first.Add(new ConvNorm(from, Channels[i], dilation: dilation));
            second.Add(new ConvNorm(Channels[i], Channels[i], dilation: dilation));
            from = Channels[i];
        }

        RegisterComponents();
    }

    /// <inheritdoc/>
    public IReadOnlyList<int> Channels { get; }

    /// <inheritdoc/>
    public IEnumerable<(string Name, Parameter Value)> Trained => named_parameters().Select(p => (p.name, p.parameter));

    /// <inheritdoc/>
    public override List<Tensor> forward(Tensor image)
    {
        var maps = new List<Tensor>();
        var x = image;
        for (int i = 0; i < Channels.Count; i++)
        {
            if (i > 0 && !(_atrous && i == 3)) x = nn.functional.max_pool2d(x, 2);
            x = second[i].forward(first[i].forward(x));
            maps.Add(x);
        }

        return maps;
    }
}
