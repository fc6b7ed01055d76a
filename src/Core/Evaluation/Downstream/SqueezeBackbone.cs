using HandsOff.Core.Tensors;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace HandsOff.Core.Evaluation.Downstream;

/// <summary>
/// SqueezeNet 1.1 with ImageNet weights, all of them fine-tuned. Images are doubled first (up to 128 pixels), since the
/// network halves them at once: the maps then have about strides 1, 2, 4 and 8 of a 64 pixel image.
/// </summary>
internal sealed class SqueezeBackbone : IBackbone
{
    private static readonly int[] s_taps = [0, 1, 2, 6];
    private readonly FeatureNetwork _network;

    /// <exception cref="HandsOffException">The LPIPS weights are missing or broken.</exception>
    public SqueezeBackbone(string weights, Device device)
    {
        var (tensors, _) = SafeTensors.Read(weights);
        try
        {
            _network = new FeatureNetwork(tensors, LpipsNet.Squeeze, weights, device, trained: true);
        }
        finally
        {
            foreach (var t in tensors.Values) t.Dispose();
        }

        var channels = FeatureNetwork.TapChannels(LpipsNet.Squeeze);
        Channels = [.. s_taps.Select(t => channels[t])];
    }

    /// <inheritdoc/>
    public IReadOnlyList<int> Channels { get; }

    /// <inheritdoc/>
    public IEnumerable<(string Name, Parameter Value)> Trained => _network.Trained.OrderBy(p => p.Name, StringComparer.Ordinal);

    /// <inheritdoc/>
    public List<Tensor> forward(Tensor image)
    {
        long small = Math.Min(image.shape[2], image.shape[3]);
        if (small < 128)
        {
            long factor = small <= 64 ? 2 : 1;
            if (factor > 1) image = nn.functional.interpolate(image, [image.shape[2] * factor, image.shape[3] * factor], mode: InterpolationMode.Bilinear, align_corners: false);
        }

        var taps = _network.Taps(image);
        return [.. s_taps.Select(t => taps[t])];
    }

    public void Dispose() => _network.Dispose();
}
