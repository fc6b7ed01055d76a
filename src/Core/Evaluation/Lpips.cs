using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Evaluation;

/// <summary>
/// LPIPS v0.1 (Zhang et al. 2018, "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric"): ImageNet features,
/// each position's channels scaled to unit length, squared differences weighted by a learned non-negative head, averaged over
/// space and summed over layers. No dropout: the published heads are used as in evaluation.
/// </summary>
public sealed class Lpips : PerceptualLoss
{
    private readonly FeatureNetwork _network;
    private readonly List<Tensor> _rootWeights = [];

    private Lpips(IReadOnlyDictionary<string, Tensor> tensors, LpipsNet net, string where, Device? device)
    {
        Net = net;
        _network = new FeatureNetwork(tensors, net, where, device);
        using var noGrad = no_grad();
        var channels = FeatureNetwork.TapChannels(net);
        for (int i = 0; i < channels.Count; i++)
        {
            using var scope = NewDisposeScope();
            var lin = LpipsWeights.Take(tensors, LpipsWeights.LinName(i), [1, channels[i], 1, 1], where);
            if (lin.min().item<float>() < 0) throw new HandsOffException($"{where}: tensor '{LpipsWeights.LinName(i)}' holds negative weights; LPIPS v0.1 heads have none");
            // sum_c w_c (a_c - b_c)^2 = sum_c (sqrt(w_c) a_c - sqrt(w_c) b_c)^2: the head becomes a part of the embedding.
            _rootWeights.Add(lin.to(device ?? CPU, copy: true).sqrt().DetachFromDisposeScope());
        }
    }

    /// <summary>The backbone.</summary>
    public LpipsNet Net { get; }

    /// <inheritdoc/>
    public override string Name => $"lpips-{LpipsWeights.NameOf(Net)}";

    /// <summary>Loads complete weights (torchvision's <c>features.*</c> and LPIPS' <c>lin*.model.1.weight</c>) from a safetensors file.</summary>
    /// <exception cref="HandsOffException">The file is missing, broken, or not this net's weights.</exception>
    public static Lpips Load(string safetensorsPath, LpipsNet net, Device? device = null)
    {
        var (tensors, _) = SafeTensors.Read(safetensorsPath);
        try
        {
            return new Lpips(tensors, net, safetensorsPath, device);
        }
        finally
        {
            foreach (var t in tensors.Values) t.Dispose();
        }
    }

    /// <summary>The backbone's tapped maps, before any scaling. The caller's scope disposes them.</summary>
    public List<Tensor> Features(Tensor image) => _network.Taps(image);

    /// <inheritdoc/>
    public override List<Tensor> Embed(Tensor image)
    {
        using var scope = NewDisposeScope();
        var taps = _network.Taps(image);
        return [.. taps.Select((tap, i) => (UnitLength(tap) * _rootWeights[i]).MoveToOuterDisposeScope())];
    }

    protected override void Dispose(bool disposing)
    {
        if (!disposing) return;
        _network.Dispose();
        foreach (var t in _rootWeights) t.Dispose();
    }
}
