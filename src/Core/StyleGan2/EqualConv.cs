using HandsOff.Core.Tensors;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace HandsOff.Core.StyleGan2;

/// <summary>A convolution of the discriminator with an equalised learning rate, optionally halving the size after the FIR.</summary>
internal sealed class EqualConv : nn.Module<Tensor, Tensor>
{
    private readonly int kernel;
    private readonly bool down;
    private readonly bool activate;
    private readonly float weightGain;
    private readonly float biasGain;

    /// <param name="gain">Applied to the layer's output (after the activation and its own gain).</param>
    public EqualConv(int inputs, int outputs, int kernel, torch.Generator random, bool down = false, bool activate = true, float gain = 1) : base(nameof(EqualConv))
    {
        this.kernel = kernel;
        this.down = down;
        this.activate = activate;
        biasGain = (activate ? Activation.Gain : 1) * gain;
        weightGain = biasGain / MathF.Sqrt(inputs * kernel * kernel);
        this.Add("weight", randn([outputs, inputs, kernel, kernel], generator: random));
        if (activate) this.Add("bias", zeros(outputs));
        if (down) this.AddBuffer(Fir.BufferName, Fir.Depthwise(inputs, gain: 1));
    }

    public override Tensor forward(Tensor x)
    {
        var weight = get_parameter("weight")!.Times(weightGain).to(x.dtype);
        int pad = kernel / 2, stride = 1;
        if (down && kernel == 1)
        {
            // A 1x1 convolution needs only the values it keeps: filter and halve first.
            x = Fir.Apply(x, get_buffer(Fir.BufferName)!, pad: 1, stride: 2);
        }
        else if (down)
        {
            x = Fir.Apply(x, get_buffer(Fir.BufferName)!, pad: pad + 1);
            (pad, stride) = (0, 2);
        }

        if (!activate) return WholeConv.Apply(x, weight, null, stride, pad);
        var bias = get_parameter("bias")!.Times(biasGain).to(x.dtype);
        return WholeConv.Apply(x, weight, bias, stride, pad).leaky_relu_(Scalars.Of(Activation.Slope));
    }
}
