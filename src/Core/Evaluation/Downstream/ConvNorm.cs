using HandsOff.Core.Tensors;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace HandsOff.Core.Evaluation.Downstream;

/// <summary>Convolution in the type of its input, group normalisation in fp32 (independent of the batch), ReLU. The weights are fp32.</summary>
internal sealed class ConvNorm : nn.Module<Tensor, Tensor>
{
    private readonly Conv2d conv;
    private readonly GroupNorm norm;

    public ConvNorm(int from, int to, int kernel = 3, int stride = 1, int dilation = 1) : base(nameof(ConvNorm))
    {
        conv = nn.Conv2d(from, to, kernel, stride: stride, padding: kernel / 2 * dilation, dilation: dilation, bias: false);
        norm = nn.GroupNorm(8, to);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return nn.functional.relu(norm.forward(conv.Run(input).to(ScalarType.Float32))).to(input.dtype).MoveToOuterDisposeScope();
    }
}
