using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace HandsOff.Core.StyleGan2;

/// <summary>
/// <see cref="StyledConv"/> for inference: everything that does not depend on the sample is computed once. The maps are of the
/// asked type where they are large; styles and demodulation always of fp32.
/// </summary>
internal sealed class FastConv
{
    private readonly bool up;
    private readonly ScalarType type;
    private readonly FastDense affine;
    private readonly Tensor weight;
    private readonly Tensor energy;
    private readonly Tensor epsilon;
    private readonly Tensor bias;
    private readonly Tensor constShift;
    private readonly Tensor strength;
    private readonly Tensor? fir;

    public FastConv(StyledConv source, PreparedTensors prepared, ScalarType asked)
    {
        up = source.Up;
        type = Precision.Of((int)source.NoiseConst.shape.Min(), source.Weight.shape[1], source.Weight.shape[0], asked);
        affine = new FastDense(source.Affine, prepared);
        weight = prepared.Keep(() => ChannelsLast.Of((up ? source.Weight.transpose(0, 1) : source.Weight).to(type)));

        // 1/sqrt(e) times the activation's sqrt(2) is 1/sqrt(e/2): half the energy, half the epsilon.
        const float Half = 1 / (Activation.Gain * Activation.Gain);
        energy = prepared.Keep(() => source.Weight.Squared().sum([2, 3]).Times(Half).t().contiguous());
        epsilon = prepared.Keep(() => full([source.Bias.shape[0]], Scalars.Of(1e-8f * Half)));
        bias = prepared.Keep(() => source.Bias.Times(Activation.Gain).reshape(1, -1, 1, 1).to(type));
        strength = prepared.Keep(() => source.NoiseStrength.Times(Activation.Gain));
        constShift = prepared.Keep(() => ChannelsLast.Of(
            source.Bias.reshape(1, -1, 1, 1).Times(Activation.Gain).Plus(source.NoiseConst * source.NoiseStrength.Times(Activation.Gain)).to(type)));
        if (up) fir = prepared.Keep(() => Fir.Depthwise((int)source.Bias.shape[0], gain: 4).to(type));
    }

    /// <summary>As <see cref="StyledConv.Apply"/>; the result is new, the caller disposes it.</summary>
    public Tensor Apply(Tensor x, Tensor w, NoiseMode mode, Tensor? map)
    {
        using var scope = NewDisposeScope();
        var styles = affine.Apply(w);
        var scale = addmm(epsilon, styles.Squared(), energy, 1, 1).rsqrt_().to(type).unsqueeze(2).unsqueeze(3);
        var scaled = x.to(type) * styles.to(type).unsqueeze(2).unsqueeze(3);
        Tensor y;
        if (up)
        {
            using var wide = WholeConv.Transposed(scaled, weight, stride: 2);
            scaled.Dispose();
            y = Fir.Apply(wide, fir!, pad: 1);
        }
        else
        {
            y = WholeConv.Apply(scaled, weight, padding: 1);
            scaled.Dispose();
        }

        var result = mode switch
        {
            NoiseMode.Const => addcmul(constShift, y, scale, Scalars.One),
            NoiseMode.None => addcmul(bias, y, scale, Scalars.One),
            _ => addcmul((map! * strength).to(type), y, scale, Scalars.One).add_(bias, Scalars.One),
        };
        return result.leaky_relu_(Scalars.Of(Activation.Slope)).MoveToOuterDisposeScope();
    }
}
