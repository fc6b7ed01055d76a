using System.Text.Json;
using HandsOff.Core.Imaging;
using HandsOff.Core.Labeling;
using HandsOff.Core.StyleGan2;
using HandsOff.Core.Tensors;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace HandsOff.Core.Evaluation.Downstream;

/// <summary>
/// A network that sees an image and labels every pixel of it: what users train on a dataset, and what datasets are
/// therefore measured by. Outputs are class logits, keypoint heatmap logits, depth over the schema's range and whether there is one.
/// </summary>
public sealed class DenseNetwork : IDisposable
{
    private const string Format = "handsoff-downstream/1", BackbonePrefix = "backbone.";
    private readonly IBackbone _backbone;
    private readonly nn.Module<List<Tensor>, Tensor> _decoder;

    /// <param name="config">Validated here.</param>
    /// <param name="seed">Draws the weights that are not pretrained.</param>
    /// <param name="weights">LPIPS SqueezeNet weights, for a pretrained backbone.</param>
    /// <param name="device">Where it lies; the CPU by default.</param>
    /// <exception cref="HandsOffException">Figures out of range; weights missing.</exception>
    public DenseNetwork(DenseNetworkConfig config, ulong seed = 0, string? weights = null, Device? device = null)
    {
        Config = config.Validate();
        Device = device ?? CPU;
        using var scope = NewDisposeScope();
        _backbone = config.Pretrained
            ? new SqueezeBackbone(weights ?? LpipsWeights.Locate(LpipsNet.Squeeze), Device)
            : new ScratchBackbone(config.Channels, atrous: config.Architecture == DenseArchitecture.DeepLab);
        _decoder = config.Architecture == DenseArchitecture.UNet
            ? new UNetDecoder(_backbone.Channels, config.Channels, config.Outputs)
            : new AtrousDecoder(_backbone.Channels, config.Channels, config.Outputs);
        if (_backbone is nn.Module module) module.to(Device);
        _decoder.to(Device);
        Initialise(seed);
    }

    public DenseNetworkConfig Config { get; }

    public Device Device { get; }

    /// <summary>
    /// Type of the maps: Float32, or BFloat16 for training at about 1.5 times the speed where the processor has it (<see cref="Precision.BFloat16IsFast"/>).
    /// Weights, gradients, normalisation and outputs stay fp32. Read at each call.
    /// </summary>
    public ScalarType ComputeType { get; set; } = ScalarType.Float32;

    /// <summary>What training changes, by name; those of the backbone begin with <c>backbone.</c></summary>
    internal IEnumerable<(string Name, Parameter Value)> Parameters =>
        _backbone.Trained.Select(p => (BackbonePrefix + p.Name, p.Value)).Concat(_decoder.named_parameters().Select(p => ("decoder." + p.name, p.parameter)));

    /// <summary>Whether a parameter was learned on ImageNet before.</summary>
    internal bool IsPretrained(string name) => Config.Pretrained && name.StartsWith(BackbonePrefix, StringComparison.Ordinal);

    /// <summary>Output maps [B,<see cref="DenseNetworkConfig.Outputs"/>,H,W] of images [B,3,H,W] in [-1,1]. In the caller's dispose scope.</summary>
    public Tensor Forward(Tensor images)
    {
        using var scope = NewDisposeScope();
        var x = ComputeType == ScalarType.Float32 ? images : ChannelsLast.Of(images.to(ComputeType));
        return Resize.To(_decoder.forward(_backbone.forward(x)), images.shape[2], images.shape[3]).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Labels images [B,3,H,W] in [-1,1]: mask [B,H,W] bytes, keypoints [B,K,3], depth [B,H,W] in the schema's unit; null what
    /// the schema lacks. In the caller's dispose scope.
    /// </summary>
    /// <param name="images">The images.</param>
    /// <param name="holes">Depth is 0 where the network takes it for invalid, as stored labels have it. Otherwise it is given everywhere, as scores want it.</param>
    /// <param name="confidence">Pixels whose likeliest class is less likely than this are 255, to be ignored; 0 labels all of them.</param>
    public (Tensor? Mask, Tensor? Keypoints, Tensor? Depth) Label(Tensor images, bool holes = false, double confidence = 0)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var schema = Config.Schema;
        var maps = Forward(images);
        int classes = schema.Classes.Count, points = schema.Keypoints.Count;
        var mask = classes == 0 ? null : Classes(maps.narrow(1, 0, classes), confidence).MoveToOuterDisposeScope();
        Tensor? keypoints = null, depth = null;
        if (points > 0)
        {
            // Every point is placed where it is likeliest: a network that may say "absent" would be scored by its threshold.
            var heat = maps.narrow(1, classes, points).sigmoid();
            keypoints = KeypointDecoder.Locate(heat, ones_like(heat), Config.KeypointSigma, zeros(points, device: Device)).MoveToOuterDisposeScope();
        }

        if (schema.Depth is { } info)
        {
            depth = maps.select(1, classes + points).clamp(Scalars.Of(0), Scalars.Of(1)).mul(Scalars.Of(info.Max - info.Min)).add_(Scalars.Of(info.Min), Scalars.One);
            if (holes) depth = depth * maps.select(1, classes + points + 1).gt(Scalars.Of(0));
            depth = depth.MoveToOuterDisposeScope();
        }

        return (mask, keypoints, depth);
    }

    /// <summary>Writes weights and shape; equal content gives equal bytes.</summary>
    public void Save(string path) => SafeTensors.Write(path, StateTensors(), new Dictionary<string, string>
    {
        ["format"] = Format,
        ["config"] = JsonSerializer.Serialize(Config, LabelJson.Compact),
    });

    /// <summary>Reads what <see cref="Save"/> wrote. The caller disposes it.</summary>
    /// <exception cref="HandsOffException">Unreadable, another format, or wrong shapes.</exception>
    public static DenseNetwork Load(string path, string? weights = null, Device? device = null)
    {
        var (tensors, metadata) = SafeTensors.Read(path);
        try
        {
            if (metadata.GetValueOrDefault("format") != Format)
                throw new HandsOffException($"{path}: not a downstream network: its format is '{metadata.GetValueOrDefault("format")}', '{Format}' would be right");
            var config = JsonSerializer.Deserialize<DenseNetworkConfig>(metadata.GetValueOrDefault("config") ?? "", LabelJson.Compact) ?? throw new HandsOffException($"{path}: its metadata has no shape");
            var network = new DenseNetwork(config, 0, weights, device);
            network.LoadStateTensors(tensors, path);
            return network;
        }
        finally
        {
            foreach (var t in tensors.Values) t.Dispose();
        }
    }

    /// <summary>The network's own tensors by name; do not dispose them.</summary>
    internal Dictionary<string, Tensor> StateTensors() => Parameters.ToDictionary(p => p.Name, p => (Tensor)p.Value, StringComparer.Ordinal);

    internal void LoadStateTensors(IReadOnlyDictionary<string, Tensor> tensors, string where)
    {
        using var noGrad = no_grad();
        foreach (var (name, target) in StateTensors())
        {
            if (!tensors.TryGetValue(name, out var value) || !value.shape.SequenceEqual(target.shape))
                throw new HandsOffException($"{where}: tensor '{name}' is missing or not of shape [{string.Join(", ", target.shape)}]; it belongs to another network");
            target.copy_(value);
        }
    }

    public void Dispose()
    {
        _backbone.Dispose();
        _decoder.Dispose();
    }

    private static Tensor Classes(Tensor logits, double confidence)
    {
        var mask = logits.argmax(1).to(ScalarType.Byte);
        if (confidence <= 0) return mask;
        var sure = logits.softmax(1).amax([1L]).ge(Scalars.Live(confidence));
        return where(sure, mask, full_like(mask, Scalars.Of(MaskPalette.Ignore)));
    }

    /// <summary>He initialisation from the seed; the last layer small, and heatmaps begin where most of them is: near 0.</summary>
    private void Initialise(ulong seed)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var random = new torch.Generator(seed, CPU);
        foreach (var (name, p) in Parameters.Where(p => !IsPretrained(p.Name)))
        {
            if (p.dim() >= 2) p.copy_(randn(p.shape, generator: random).Times(Math.Sqrt((name.StartsWith("decoder.outputs", StringComparison.Ordinal) ? 0.1 : 2.0) / (p.NumberOfElements / p.shape[0]))));
            else p.fill_(Scalars.Of(name.EndsWith("norm.weight", StringComparison.Ordinal) ? 1 : 0));
            if (name != "decoder.outputs.bias") continue;
            p.narrow(0, Config.Schema.Classes.Count, Config.Schema.Keypoints.Count).fill_(Scalars.Of(-4));
            if (Config.Schema.Depth is not null) p.narrow(0, Config.Outputs - 2, 1).fill_(Scalars.Of(0.5));
        }
    }
}
