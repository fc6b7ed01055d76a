using HandsOff.Core.Tensors;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace HandsOff.Core.StyleGan2;

/// <summary>
/// A dense layer with an equalised learning rate: weights are stored with unit variance (over the multiplier) and scaled
/// by multiplier/sqrt(inputs) when used, so that Adam moves every layer at the same relative speed.
/// </summary>
internal sealed class FullyConnected : nn.Module<Tensor, Tensor>
{
    private readonly bool activate;

    public FullyConnected(int inputs, int outputs, torch.Generator random, bool activate = false, float multiplier = 1, float biasInit = 0) : base(nameof(FullyConnected))
    {
        this.activate = activate;
        float activation = activate ? Activation.Gain : 1;
        WeightGain = activation * multiplier / MathF.Sqrt(inputs);
        BiasGain = activation * multiplier;
        this.Add("weight", randn([outputs, inputs], generator: random).mul_(Scalars.Of(1 / multiplier)));
        this.Add("bias", full([outputs], Scalars.Of(biasInit)));
    }

    /// <summary>What the stored weights are multiplied by, the activation's gain included (a positive factor passes through a leaky ReLU).</summary>
    public float WeightGain { get; }

    /// <summary>What the stored biases are multiplied by, the activation's gain included.</summary>
    public float BiasGain { get; }

    public Parameter Weight => get_parameter("weight")!;

    public Parameter Bias => get_parameter("bias")!;

    /// <summary>[B, inputs] -> [B, outputs].</summary>
    public override Tensor forward(Tensor x)
    {
        // One addmm applies both gains: no pass over the weights.
        var y = addmm(Bias, x, Weight.t(), BiasGain, WeightGain);
        return activate ? y.leaky_relu_(Scalars.Of(Activation.Slope)) : y;
    }
}
