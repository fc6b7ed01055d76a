using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace HandsOff.Core.StyleGan2;

/// <summary>One resolution of the synthesis network: two styled convolutions (the first block: the constant and one) and the RGB skip.</summary>
internal sealed class SynthesisBlock : nn.Module
{
    public SynthesisBlock(StyleGan2Config config, int block, torch.Generator random) : base(nameof(SynthesisBlock))
    {
        Resolution = StyleGan2Config.ResolutionOf(block);
        int channels = config.ChannelsOf(block);
        int h = config.ConstHeight << block, w = config.ConstWidth << block;
        if (block == 0) this.Add("const", randn([channels, h, w], generator: random));
        else Conv0 = this.Add("conv0", new StyledConv(config.ChannelsOf(block - 1), channels, config.WDim, h, w, up: true, random));
        Conv1 = this.Add("conv1", new StyledConv(channels, channels, config.WDim, h, w, up: false, random));
        Rgb = this.Add("torgb", new ToRgb(channels, config.WDim, random));
    }

    public int Resolution { get; }

    /// <summary>The learned constant [C, h, w]; the first block's only.</summary>
    public Parameter Const => get_parameter("const")!;

    public StyledConv? Conv0 { get; }

    public StyledConv Conv1 { get; }

    public ToRgb Rgb { get; }
}
