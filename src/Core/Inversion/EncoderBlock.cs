using HandsOff.Core.Tensors;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace HandsOff.Core.Inversion;

/// <summary>
/// Pre-activation residual block (He et al. 2016) with group normalisation, which does not depend on the batch: two 3x3
/// convolutions, the first with the block's stride, beside an averaged-down 1x1 shortcut.
/// </summary>
internal sealed class EncoderBlock : nn.Module<Tensor, Tensor>
{
    private readonly GroupNorm norm0, norm1;
    private readonly Conv2d conv0, conv1, shortcut;
    private readonly int _stride;

    public EncoderBlock(int from, int to, int stride) : base(nameof(EncoderBlock))
    {
        _stride = stride;
        norm0 = nn.GroupNorm(8, from);
        conv0 = nn.Conv2d(from, to, 3, stride: stride, padding: 1);
        norm1 = nn.GroupNorm(8, to);
        conv1 = nn.Conv2d(to, to, 3, padding: 1);
        shortcut = nn.Conv2d(from, to, 1, bias: false);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var x = conv0.Run(nn.functional.relu(norm0.forward(input)));
        x = conv1.Run(nn.functional.relu(norm1.forward(x)));
        var beside = _stride == 1 ? input : nn.functional.avg_pool2d(input, _stride);
        return x.Plus(shortcut.forward(beside)).MoveToOuterDisposeScope();
    }
}
