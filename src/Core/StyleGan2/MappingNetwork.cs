using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.StyleGan2;

/// <summary>z to w: normalised to unit second moment, then dense layers at a hundredth of the learning rate; keeps the running mean of w.</summary>
internal sealed class MappingNetwork : nn.Module<Tensor, Tensor>
{
    /// <summary>Share of the old mean that one batch leaves in place.</summary>
    private const float AverageDecay = 0.995f;

    private const float LearningRateMultiplier = 0.01f;

    public MappingNetwork(StyleGan2Config config, torch.Generator random) : base(nameof(MappingNetwork))
    {
        Layers = [.. Enumerable.Range(0, config.MappingLayers).Select(i => this.Add(
            $"fc{i}",
            new FullyConnected(i == 0 ? config.ZDim : config.WDim, config.WDim, random, activate: true, multiplier: LearningRateMultiplier)))];
        this.AddBuffer("w_avg", zeros(config.WDim));
    }

    public IReadOnlyList<FullyConnected> Layers { get; }

    /// <summary>Mean of w, [WDim].</summary>
    public Tensor Average => get_buffer("w_avg")!;

    /// <summary>[B, ZDim] -> [B, WDim].</summary>
    public override Tensor forward(Tensor z) => Layers.Aggregate(Normalize(z), (x, layer) => layer.forward(x));

    public static Tensor Normalize(Tensor z) => z * z.Squared().mean([1], keepdim: true).Plus(1e-8f).rsqrt();

    public void UpdateAverage(Tensor w)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var average = Average;
        average.mul_(Scalars.Of(AverageDecay)).add_(w.detach().mean([0]), alpha: Scalars.Of(1 - AverageDecay));
    }

    /// <summary>
    /// The truncation trick: w [B, WDim] to ws [B, count, WDim], the first <paramref name="cutoff"/> of them (all when null)
    /// drawn toward the mean by <paramref name="psi"/> (1 leaves w as it is, 0 gives the mean).
    /// </summary>
    public static Tensor Broadcast(Tensor w, Tensor average, int count, float psi, int? cutoff)
    {
        int cut = Math.Clamp(cutoff ?? count, 0, count);
        if (psi == 1 || cut == 0) return Repeat(w, count);
        var near = Repeat((w - average).Times(psi).Plus(average), cut);
        return cut == count ? near : cat([near, Repeat(w, count - cut)], 1);
    }

    private static Tensor Repeat(Tensor w, int count) => w.unsqueeze(1).expand(-1, count, -1);
}
