using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.StyleGan2;

/// <summary><see cref="ToRgb"/> for inference, on channels-last features.</summary>
internal sealed class FastRgb(ToRgb source, PreparedTensors prepared)
{
    private readonly FastDense affine = new(source.Affine, prepared, source.WeightGain);
    private readonly Tensor weight = prepared.Keep(() => source.Weight.reshape(1, 3, -1).transpose(1, 2).contiguous());
    private readonly Tensor bias = prepared.Keep(() => source.Bias);

    private readonly Tensor fir = prepared.Keep(() => Fir.Depthwise(3, gain: 4));

    /// <summary>x [B, C, h, w] channels last, w [B, WDim], the RGB so far [B, 3, h/2, w/2] or null -> [B, 3, h, w], channels last.</summary>
    public Tensor Apply(Tensor x, Tensor w, Tensor? soFar)
    {
        using var scope = NewDisposeScope();
        var weights = weight * affine.Apply(w).unsqueeze(2);
        var rgb = x.permute(0, 2, 3, 1).flatten(1, 2).bmm(weights.to(x.dtype)).to(ScalarType.Float32).add_(bias, Scalars.One).reshape(x.shape[0], x.shape[2], x.shape[3], 3).permute(0, 3, 1, 2);
        if (soFar is not null) rgb.add_(Fir.Upsample(soFar, fir), Scalars.One);
        return rgb.MoveToOuterDisposeScope();
    }
}
