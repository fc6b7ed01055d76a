using HandsOff.Core.Tensors;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace HandsOff.Core.Evaluation;

/// <summary>
/// The convolutional part of torchvision's SqueezeNet 1.1, AlexNet or VGG-16 with frozen ImageNet weights, giving the maps
/// that LPIPS reads. Differentiable with respect to the image; the weights take no gradient unless they are to be trained.
/// </summary>
internal sealed class FeatureNetwork : IDisposable
{
    /// <summary>Images whose smaller side is below this are enlarged to it, since the poolings would leave nothing of them.</summary>
    public const int SmallestSide = 32;

    private readonly Dictionary<string, Tensor> _weights = new(StringComparer.Ordinal);
    private readonly IReadOnlyList<FeatureStep> _steps;
    private readonly Tensor _shift, _scale;

    /// <summary>Takes copies of the tensors it needs out of <paramref name="source"/>; <paramref name="where"/> names it in errors.</summary>
    public FeatureNetwork(IReadOnlyDictionary<string, Tensor> source, LpipsNet net, string where, Device? device = null, bool trained = false)
    {
        _steps = Steps(net);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (name, shape) in Shapes(net))
        {
            var weight = LpipsWeights.Take(source, name, shape, where).to(device ?? CPU, copy: true);
            _weights[name] = trained ? new Parameter(weight) : weight;
        }

        _shift = tensor(new[] { -.030f, -.088f, -.188f }, device: device).view(1, 3, 1, 1);
        _scale = tensor(new[] { .458f, .448f, .450f }, device: device).view(1, 3, 1, 1);
        foreach (var t in _weights.Values.Append(_shift).Append(_scale)) t.DetachFromDisposeScope();
    }

    /// <summary>The weights by name, when they are to be trained; owned by this object.</summary>
    public IEnumerable<(string Name, Parameter Value)> Trained => _weights.Where(w => w.Value is Parameter).Select(w => (w.Key, (Parameter)w.Value));

    /// <summary>Channels of each tap, shallowest first.</summary>
    public static IReadOnlyList<int> TapChannels(LpipsNet net) => [.. Steps(net).Where(s => s.Tap).Select(s => s.Channels)];

    /// <summary>Names and shapes of the weights, as torchvision's state dictionary spells them.</summary>
    public static IEnumerable<(string Name, long[] Shape)> Shapes(LpipsNet net)
    {
        foreach (var s in Steps(net))
        {
            string name = $"features.{s.Index}";
            if (s.Kind == FeatureStepKind.Conv)
            {
                yield return ($"{name}.weight", [s.Out, s.In, s.Kernel, s.Kernel]);
                yield return ($"{name}.bias", [s.Out]);
            }
            else if (s.Kind == FeatureStepKind.Fire)
            {
                yield return ($"{name}.squeeze.weight", [s.Kernel, s.In, 1, 1]);
                yield return ($"{name}.squeeze.bias", [s.Kernel]);
                yield return ($"{name}.expand1x1.weight", [s.Out, s.Kernel, 1, 1]);
                yield return ($"{name}.expand1x1.bias", [s.Out]);
                yield return ($"{name}.expand3x3.weight", [s.Out, s.Kernel, 3, 3]);
                yield return ($"{name}.expand3x3.bias", [s.Out]);
            }
        }
    }

    /// <summary>The tapped maps, shallowest first, of images [B,3,H,W] in [-1,1], computed in the images' type. The caller's scope disposes them.</summary>
    public List<Tensor> Taps(Tensor image)
    {
        var taps = new List<Tensor>();
        var x = ((Enlarged(image) - _shift) / _scale).to(image.dtype);
        foreach (var step in _steps)
        {
            x = Apply(x, step);
            if (step.Tap) taps.Add(x);
        }

        return taps;
    }

    public void Dispose()
    {
        foreach (var t in _weights.Values) t.Dispose();
        _shift.Dispose();
        _scale.Dispose();
    }

    private Tensor Apply(Tensor x, FeatureStep step)
    {
        string name = $"features.{step.Index}";
        switch (step.Kind)
        {
            case FeatureStepKind.Pool:
                return nn.functional.max_pool2d(x, step.Kernel, stride: step.Stride, ceil_mode: step.Padding == 1);
            case FeatureStepKind.Fire:
                var squeezed = Conv(x, $"{name}.squeeze", 1, 0);
                return cat([Conv(squeezed, $"{name}.expand1x1", 1, 0), Conv(squeezed, $"{name}.expand3x3", 1, 1)], 1);
            default:
                return Conv(x, name, step.Stride, step.Padding);
        }
    }

    private Tensor Conv(Tensor x, string name, int stride, int padding) =>
        nn.functional.relu(WholeConv.Apply(x, _weights[$"{name}.weight"].to(x.dtype), _weights[$"{name}.bias"].to(x.dtype), stride, padding));

    private static Tensor Enlarged(Tensor image)
    {
        long small = Math.Min(image.shape[2], image.shape[3]);
        if (small >= SmallestSide) return image;
        long[] size = [image.shape[2] * SmallestSide / small, image.shape[3] * SmallestSide / small];
        return nn.functional.interpolate(image, size, mode: InterpolationMode.Bilinear, align_corners: false);
    }

    private static IReadOnlyList<FeatureStep> Steps(LpipsNet net) => net switch
    {
        LpipsNet.Squeeze =>
        [
            FeatureStep.Conv(0, 3, 64, 3, 2, 0, tap: true), FeatureStep.Pool(3, ceil: true),
            FeatureStep.Fire(3, 64, 16, 64, tap: false), FeatureStep.Fire(4, 128, 16, 64, tap: true), FeatureStep.Pool(3, ceil: true),
            FeatureStep.Fire(6, 128, 32, 128, tap: false), FeatureStep.Fire(7, 256, 32, 128, tap: true), FeatureStep.Pool(3, ceil: true),
            FeatureStep.Fire(9, 256, 48, 192, tap: true), FeatureStep.Fire(10, 384, 48, 192, tap: true),
            FeatureStep.Fire(11, 384, 64, 256, tap: true), FeatureStep.Fire(12, 512, 64, 256, tap: true),
        ],
        LpipsNet.Alex =>
        [
            FeatureStep.Conv(0, 3, 64, 11, 4, 2, tap: true), FeatureStep.Pool(3, ceil: false),
            FeatureStep.Conv(3, 64, 192, 5, 1, 2, tap: true), FeatureStep.Pool(3, ceil: false),
            FeatureStep.Conv(6, 192, 384, 3, 1, 1, tap: true), FeatureStep.Conv(8, 384, 256, 3, 1, 1, tap: true), FeatureStep.Conv(10, 256, 256, 3, 1, 1, tap: true),
        ],
        _ =>
        [
            FeatureStep.Conv(0, 3, 64, 3, 1, 1, tap: false), FeatureStep.Conv(2, 64, 64, 3, 1, 1, tap: true), FeatureStep.Pool(2, ceil: false),
            FeatureStep.Conv(5, 64, 128, 3, 1, 1, tap: false), FeatureStep.Conv(7, 128, 128, 3, 1, 1, tap: true), FeatureStep.Pool(2, ceil: false),
            FeatureStep.Conv(10, 128, 256, 3, 1, 1, tap: false), FeatureStep.Conv(12, 256, 256, 3, 1, 1, tap: false), FeatureStep.Conv(14, 256, 256, 3, 1, 1, tap: true),
            FeatureStep.Pool(2, ceil: false),
            FeatureStep.Conv(17, 256, 512, 3, 1, 1, tap: false), FeatureStep.Conv(19, 512, 512, 3, 1, 1, tap: false), FeatureStep.Conv(21, 512, 512, 3, 1, 1, tap: true),
            FeatureStep.Pool(2, ceil: false),
            FeatureStep.Conv(24, 512, 512, 3, 1, 1, tap: false), FeatureStep.Conv(26, 512, 512, 3, 1, 1, tap: false), FeatureStep.Conv(28, 512, 512, 3, 1, 1, tap: true),
        ],
    };
}
