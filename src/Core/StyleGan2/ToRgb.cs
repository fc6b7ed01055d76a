using HandsOff.Core.Tensors;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace HandsOff.Core.StyleGan2;

/// <summary>Features to RGB: a modulated 1x1 convolution without demodulation, so one small matrix product a sample.</summary>
internal sealed class ToRgb : nn.Module
{
    public ToRgb(int channels, int wDim, torch.Generator random) : base(nameof(ToRgb))
    {
        WeightGain = 1 / MathF.Sqrt(channels);
        Affine = this.Add("affine", new FullyConnected(wDim, channels, random, biasInit: 1));
        this.Add("weight", randn([3, channels, 1, 1], generator: random));
        this.Add("bias", zeros(3));
    }

    public float WeightGain { get; }

    public FullyConnected Affine { get; }

    public Parameter Weight => get_parameter("weight")!;

    public Parameter Bias => get_parameter("bias")!;

    /// <summary>x [B, channels, h, w], w [B, WDim] -> [B, 3, h, w], fp32 whatever x is.</summary>
    public Tensor Apply(Tensor x, Tensor w)
    {
        var styles = Affine.forward(w).Times(WeightGain);
        var weights = Weight.reshape(1, 3, -1) * styles.unsqueeze(1);
        // [B, h*w, C] is how channels-last features lie: no copy.
        var rgb = x.permute(0, 2, 3, 1).flatten(1, 2).bmm(weights.transpose(1, 2).to(x.dtype)).to(ScalarType.Float32).Plus(Bias);
        return rgb.reshape(x.shape[0], x.shape[2], x.shape[3], 3).permute(0, 3, 1, 2);
    }
}
