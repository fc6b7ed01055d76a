using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.StyleGan2;

/// <summary>The discriminator's end at the constant's size: minibatch deviation, a convolution, two dense layers, one logit.</summary>
internal sealed class DiscriminatorEpilogue : nn.Module<Tensor, Tensor>
{
    private readonly int group;
    private readonly EqualConv conv;
    private readonly FullyConnected dense;
    private readonly FullyConnected logit;

    public DiscriminatorEpilogue(StyleGan2Config config, torch.Generator random) : base(nameof(DiscriminatorEpilogue))
    {
        int channels = config.ChannelsOf(0);
        group = config.MbstdGroup;
        conv = this.Add("conv", new EqualConv(channels + 1, channels, kernel: 3, random));
        dense = this.Add("fc", new FullyConnected(channels * config.ConstHeight * config.ConstWidth, channels, random, activate: true));
        logit = this.Add("out", new FullyConnected(channels, 1, random));
    }

    public override Tensor forward(Tensor x) => logit.forward(dense.forward(conv.forward(MinibatchStd.Append(x, group)).flatten(1)));
}
