using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.StyleGan2;

/// <summary>
/// A dense layer for inference: gains folded in, weights transposed once and contiguous (a transposed view would take
/// another matrix kernel, whose bits change with the batch size).
/// </summary>
internal sealed class FastDense(FullyConnected source, PreparedTensors prepared, float gain = 1)
{
    private readonly Tensor weight = prepared.Keep(() => source.Weight.Times(source.WeightGain * gain).t().contiguous());
    private readonly Tensor bias = prepared.Keep(() => source.Bias.Times(source.BiasGain * gain));

    /// <summary>[B, inputs] -> [B, outputs], without the activation.</summary>
    public Tensor Apply(Tensor x) => addmm(bias, x, weight, 1, 1);
}
