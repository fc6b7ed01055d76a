using HandsOff.Core.Tensors;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace HandsOff.Core.StyleGan2;

/// <summary>
/// Modulated and demodulated 3x3 convolution, noise, bias, leaky ReLU (StyleGAN2, section 2.2). Written with the
/// activations scaled before and after one shared convolution, which equals convolving with per-sample weights.
/// </summary>
internal sealed class StyledConv : nn.Module
{

    public StyledConv(int inputs, int outputs, int wDim, int height, int width, bool up, torch.Generator random) : base(nameof(StyledConv))
    {
        Up = up;
        Affine = this.Add("affine", new FullyConnected(wDim, inputs, random, biasInit: 1));
        this.Add("weight", randn([outputs, inputs, 3, 3], generator: random));
        this.Add("bias", zeros(outputs));
        this.Add("noise_strength", zeros(1));
        this.AddBuffer("noise_const", randn([height, width], generator: random));
        if (up) this.AddBuffer(Fir.BufferName, Fir.Depthwise(outputs, gain: 4));
    }

    /// <summary>Whether it doubles the size.</summary>
    public bool Up { get; }

    public FullyConnected Affine { get; }

    public Parameter Weight => get_parameter("weight")!;

    public Parameter Bias => get_parameter("bias")!;

    public Parameter NoiseStrength => get_parameter("noise_strength")!;

    /// <summary>The constant noise map, [h, w].</summary>
    public Tensor NoiseConst => get_buffer("noise_const")!;

    /// <summary>
    /// x [B, inputs, h, w], w [B, WDim], noise [1 or B, 1, h', w'] or null -> [B, outputs, h', w'] (h' = 2h where it
    /// upsamples), computed in <paramref name="type"/>; styles and demodulation always in fp32.
    /// </summary>
    public Tensor Apply(Tensor x, Tensor w, Tensor? noise, ScalarType type)
    {
        var weight = Weight;
        var styles = Affine.forward(w);
        var energy = styles.Squared().matmul(weight.Squared().sum([2, 3]).t());
        var demodulation = energy.Plus(1e-8f).rsqrt().Times(Activation.Gain);
        x = x.to(type) * styles.to(type).unsqueeze(2).unsqueeze(3);
        x = Up
            ? Fir.Apply(WholeConv.Transposed(x, weight.transpose(0, 1).to(type), stride: 2), get_buffer(Fir.BufferName)!, pad: 1)
            : WholeConv.Apply(x, weight.to(type), padding: 1);

        // The activation's gain rides on the demodulation, noise and bias: leaky_relu(g * x) = g * leaky_relu(x) for g > 0.
        var scale = demodulation.to(type).unsqueeze(2).unsqueeze(3);
        var shift = Bias.Times(Activation.Gain).to(type).reshape(1, -1, 1, 1);
        x = noise is null
            ? addcmul(shift, x, scale, Scalars.One)
            : addcmul((noise * NoiseStrength.Times(Activation.Gain)).to(type), x, scale, Scalars.One).add_(shift, Scalars.One);
        return x.leaky_relu_(Scalars.Of(Activation.Slope));
    }
}
