using HandsOff.Core.Labeling;
using HandsOff.Core.StyleGan2;
using HandsOff.Core.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Pairs;

/// <summary>A pair of untrained networks: everything but sense. For trying the machinery before any training, and for tests.</summary>
public static class TrialPair
{
    /// <summary>Classes, keypoints and depth of a trial pair.</summary>
    public static LabelSchema Schema { get; } = new()
    {
        Classes = [new("background", "#000000"), new("red", "#d62728"), new("green", "#2ca02c"), new("blue", "#1f77b4")],
        Keypoints = ["left", "right"],
        Skeleton = [[0, 1]],
        KeypointFlip = [1, 0],
        Depth = new DepthInfo("m", 1000, 0.5, 3),
    };

    /// <summary>Packs an untrained pair of <paramref name="size"/> x <paramref name="size"/> pixels (a power of two from 8) into the folder. The same bytes for the same seed.</summary>
    public static Pair Create(string folder, int size = 16, ulong seed = 1, LabelKinds kinds = LabelKinds.Segmentation | LabelKinds.Keypoints | LabelKinds.Depth, int calibrationSamples = 64)
    {
        var config = new StyleGan2Config { Width = size, Height = size, ZDim = 16, WDim = 16, MappingLayers = 2, ChannelBase = Math.Max(size, 256), ChannelMax = 16 }.Validate();
        var labelerConfig = new LabelerConfig
        {
            Taps = config.Taps,
            Width = size,
            Height = size,
            Members = 3,
            Heads = [.. new[] { LabelKinds.Segmentation, LabelKinds.Keypoints, LabelKinds.Depth }.Where(k => kinds.HasFlag(k)).Select(k => new HeadConfig { Kind = k, Hidden1 = 16, Hidden2 = 8 })],
            Schema = Schema,
        };
        Directory.CreateDirectory(folder);
        string generatorPath = Path.Combine(folder, PairManifest.GeneratorFile), labelerPath = Path.Combine(folder, PairManifest.LabelerFile);
        using (var scope = NewDisposeScope())
        using (var random = new torch.Generator(seed, CPU))
        using (var generator = new StyleGan2.Generator(config, random))
        {
            // Untrained layers have none, and noise should show.
            using (no_grad())
                foreach (var (name, parameter) in generator.named_parameters())
                    if (name.EndsWith("noise_strength", StringComparison.Ordinal)) parameter.fill_(Scalars.Of(0.1f));
            generator.Save(generatorPath);
        }

        using (var labeler = LabelerState.Random(labelerConfig, seed + 1)) labeler.Save(labelerPath);
        return PairPacker.Pack(
            new PairContent
            {
                Name = $"trial-{size}",
                GeneratorPath = generatorPath,
                LabelerPath = labelerPath,
                License = "MIT",
                Provenance = "untrained networks; no data",
                CalibrationSamples = calibrationSamples,
            },
            folder);
    }
}
