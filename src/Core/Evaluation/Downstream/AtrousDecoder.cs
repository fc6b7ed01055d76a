using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace HandsOff.Core.Evaluation.Downstream;

/// <summary>
/// DeepLab's way up: five views of the deepest map (1x1, three dilations, the image's mean), projected, enlarged, joined
/// with the finest map reduced to few channels, and mixed.
/// </summary>
internal sealed class AtrousDecoder : nn.Module<List<Tensor>, Tensor>
{
    // The papers have 6, 12, 18 on maps of 32 to 64 positions; these maps have 7 to 16.
    private static readonly int[] s_dilations = [2, 4, 6];
    private readonly ModuleList<ConvNorm> views = new();
    private readonly ConvNorm mean, project, fine, mix;
    private readonly Conv2d outputs;

    public AtrousDecoder(IReadOnlyList<int> channels, int width, int outputMaps) : base(nameof(AtrousDecoder))
    {
        int deep = channels[^1], each = 2 * width;
        views.Add(new ConvNorm(deep, each, kernel: 1));
        foreach (int dilation in s_dilations) views.Add(new ConvNorm(deep, each, dilation: dilation));
        mean = new ConvNorm(deep, each, kernel: 1);
        project = new ConvNorm(each * (s_dilations.Length + 2), 4 * width, kernel: 1);
        fine = new ConvNorm(channels[0], width, kernel: 1);
        mix = new ConvNorm(5 * width, 2 * width);
        outputs = nn.Conv2d(2 * width, outputMaps, 1);
        RegisterComponents();
    }

    public override Tensor forward(List<Tensor> maps)
    {
        using var scope = NewDisposeScope();
        var deep = maps[^1];
        var parts = views.Select(v => v.forward(deep)).ToList();
        parts.Add(mean.forward(deep.mean([2L, 3L], keepdim: true)).expand(-1, -1, deep.shape[2], deep.shape[3]));
        var x = project.forward(cat(parts, 1));
        x = mix.forward(cat([Resize.To(x, maps[0].shape[2], maps[0].shape[3]), fine.forward(maps[0])], 1));
        return outputs.forward(x.to(ScalarType.Float32)).MoveToOuterDisposeScope();
    }
}
