using HandsOff.Core.Labeling;

namespace HandsOff.Core.Evaluation.Downstream;

/// <summary>Shape of a downstream network: one trunk, a head a kind of label.</summary>
public sealed record DenseNetworkConfig
{
    public required DenseArchitecture Architecture { get; init; }

    /// <summary>SqueezeNet 1.1 with ImageNet weights (those of LPIPS) as the backbone, fine-tuned; from scratch otherwise.</summary>
    public bool Pretrained { get; init; }

    /// <summary>Channels of the finest maps; the coarser ones have two and four times as many.</summary>
    public int Channels { get; init; } = 16;

    /// <summary>What it predicts: all that the schema declares.</summary>
    public required LabelSchema Schema { get; init; }

    /// <summary>Standard deviation of the keypoints' Gaussian targets in pixels.</summary>
    public double KeypointSigma { get; init; } = 1.6;

    /// <summary>The network of a <see cref="Name"/> for images of a size: keypoint targets of a fortieth of the shorter side, at least a pixel.</summary>
    /// <exception cref="HandsOffException">No such network.</exception>
    public static DenseNetworkConfig Of(string name, LabelSchema schema, int channels, int width, int height)
    {
        var (architecture, pretrained) = Parse(name);
        return new() { Architecture = architecture, Pretrained = pretrained, Channels = channels, Schema = schema, KeypointSigma = Math.Max(1, Math.Min(width, height) / 40.0) };
    }

    /// <summary>Output maps: class logits, then heatmap logits, then normalised depth and the logit of its being valid.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public int Outputs => Schema.Classes.Count + Schema.Keypoints.Count + (Schema.Depth is null ? 0 : 2);

    /// <summary>Name in protocols and tables: <c>unet</c>, <c>deeplab</c>, <c>unet-pretrained</c>, <c>deeplab-pretrained</c>.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public string Name => NameOf(Architecture, Pretrained);

    /// <summary>Reads a <see cref="Name"/>.</summary>
    /// <exception cref="HandsOffException">No such network.</exception>
    public static (DenseArchitecture Architecture, bool Pretrained) Parse(string name)
    {
        foreach (var architecture in Enum.GetValues<DenseArchitecture>())
            foreach (bool pretrained in new[] { false, true })
                if (NameOf(architecture, pretrained) == name) return (architecture, pretrained);
        throw HandsOffException.Usage($"network '{name}': unet, deeplab, unet-pretrained or deeplab-pretrained would be right");
    }

    /// <summary>Checks the figures.</summary>
    /// <exception cref="HandsOffException">Naming the one that is wrong.</exception>
    public DenseNetworkConfig Validate()
    {
        if (Channels is < 8 or > 512 || Channels % 8 != 0) throw HandsOffException.Usage($"network: {Channels} channels; a multiple of 8 from 8 to 512 would be right");
        if (KeypointSigma is not (>= 0.5 and <= 64)) throw HandsOffException.Usage($"network: keypoint sigma {KeypointSigma}; 0.5 to 64 pixels would be right");
        if (Outputs == 0) throw HandsOffException.Usage("network: the schema declares nothing to predict");
        return this;
    }

    private static string NameOf(DenseArchitecture architecture, bool pretrained) =>
        (architecture == DenseArchitecture.UNet ? "unet" : "deeplab") + (pretrained ? "-pretrained" : "");
}
