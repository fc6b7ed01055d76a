using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.StyleGan2;

/// <summary>One resolution of the residual discriminator: two convolutions beside a 1x1 skip, the sum at half the size.</summary>
internal sealed class DiscriminatorBlock : nn.Module<Tensor, Tensor>
{
    private static readonly float Half = MathF.Sqrt(0.5f);

    private readonly EqualConv? fromRgb;
    private readonly EqualConv conv0;
    private readonly EqualConv conv1;
    private readonly EqualConv skip;

    public DiscriminatorBlock(int inputs, int outputs, int resolution, bool first, torch.Generator random) : base(nameof(DiscriminatorBlock))
    {
        (Inputs, Outputs, Resolution) = (inputs, outputs, resolution);
        if (first) fromRgb = this.Add("fromrgb", new EqualConv(3, inputs, kernel: 1, random));
        conv0 = this.Add("conv0", new EqualConv(inputs, inputs, kernel: 3, random));
        conv1 = this.Add("conv1", new EqualConv(inputs, outputs, kernel: 3, random, down: true, gain: Half));
        skip = this.Add("skip", new EqualConv(inputs, outputs, kernel: 1, random, down: true, activate: false, gain: Half));
    }

    public int Inputs { get; }

    public int Outputs { get; }

    public int Resolution { get; }

    public override Tensor forward(Tensor x)
    {
        if (fromRgb is not null) x = fromRgb.forward(x);
        var sum = skip.forward(x);
        // In place: no backward pass needs the convolution's bare output.
        return sum.add_(conv1.forward(conv0.forward(x)), Scalars.One);
    }
}
