using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Evaluation;

/// <summary>
/// The feature space of the Fréchet distance: SqueezeNet 1.1's deepest map (fire 12, 512 channels), averaged over space.
/// Images are resized (bilinear, antialiased when shrinking) so that their smaller side is 128 px, whatever the generator's
/// size: at 64 px the map would be 3x3. The figure is this project's own; it is not comparable with Inception's FID.
/// </summary>
public sealed class SqueezeNetFeatures : IDisposable
{
    /// <summary>Length of a feature vector.</summary>
    public const int Length = 512;

    /// <summary>Smaller side in pixels of what the network is shown.</summary>
    public const int InputSide = 128;

    private readonly FeatureNetwork _network;
    private readonly Device _device;

    private SqueezeNetFeatures(IReadOnlyDictionary<string, Tensor> tensors, string where, Device? device)
    {
        _device = device ?? CPU;
        _network = new FeatureNetwork(tensors, LpipsNet.Squeeze, where, device);
    }

    /// <summary>Loads the SqueezeNet part of the LPIPS weights.</summary>
    /// <exception cref="HandsOffException">The file is missing, broken, or holds other weights.</exception>
    public static SqueezeNetFeatures Load(string safetensorsPath, Device? device = null)
    {
        var (tensors, _) = SafeTensors.Read(safetensorsPath);
        try
        {
            return new SqueezeNetFeatures(tensors, safetensorsPath, device);
        }
        finally
        {
            foreach (var t in tensors.Values) t.Dispose();
        }
    }

    /// <summary>Feature vectors [B,512] of images [B,3,H,W] in [-1,1] (values outside are clamped, as a stored image would be). No gradient. The caller disposes them.</summary>
    public Tensor Of(Tensor images)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var x = images.to(_device).clamp(Scalars.Of(-1), Scalars.Of(1));
        long small = Math.Min(x.shape[2], x.shape[3]);
        if (small != InputSide)
        {
            long[] size = [x.shape[2] * InputSide / small, x.shape[3] * InputSide / small];
            x = nn.functional.interpolate(x, size, mode: InterpolationMode.Bilinear, align_corners: false, antialias: small > InputSide);
        }

        return _network.Taps(x)[^1].mean([2, 3]).MoveToOuterDisposeScope();
    }

    public void Dispose() => _network.Dispose();
}
