using System.Diagnostics;
using System.Globalization;
using HandsOff.Bench.Generators;
using HandsOff.Core;
using HandsOff.Core.Labeling;
using HandsOff.Core.Labeling.Training;
using HandsOff.Core.Scenes;
using HandsOff.Core.StyleGan2;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Bench.Labeling;

/// <summary>
/// Peak memory of training a labeler of three heads from 50 photographs, for a small generator of 64 px and a full-width one of
/// 256 px. Weights and latents are random: memory and time do not depend on their values.
/// </summary>
internal static class LabelerTrainingBenchmark
{
    private const int Photographs = 50, Members = 2;

    public static int Run(string[] args)
    {
        int steps = GeneratorBenchmark.Option(args, "--steps", 20);
        set_num_threads(GeneratorBenchmark.Option(args, "--threads", Environment.ProcessorCount));
        string machine = Report.Machine();
        string small = Measure(new StyleGan2Config { Width = 64, Height = 64, ZDim = 128, WDim = 128, MappingLayers = 4, ChannelBase = 2048, ChannelMax = 64 }, 2, steps);
        string large = Measure(new StyleGan2Config { Width = 256, Height = 256, ZDim = 512, WDim = 512, MappingLayers = 8, ChannelBase = 32768, ChannelMax = 512 }, 8, steps);
        Report.Write("labeler-training", $"""
            # Training a labeler: peak memory

            `{Report.Command("labeler-training", args)}`: {Photographs} photographs, heads for 10 classes, keypoints and depth, {Members} members one after the other, {steps} steps
            of the default batch each; random weights and latents (memory does not depend on their values). Peak of the process's own (anonymous)
            resident memory beyond what it held with the generator loaded, sampled every 2 ms. The hypercolumns of the {Photographs} photographs, which published code holds, are beside it.

            | generator | features a pixel | peak, MB | limit, MB | the hypercolumns, MB | seconds |
            |---|---|---|---|---|---|
            {small}
            {large}

            {machine}
            """);
        return 0;
    }

    private static string Measure(StyleGan2Config config, int limitGigabytes, int steps)
    {
        using var random = new torch.Generator(1, CPU);
        using var generator = new HandsOff.Core.StyleGan2.Generator(config, random);
        var photographs = Enumerable.Range(0, Photographs)
            .Select(i => new InvertedPhotograph($"{i}", randn([config.NumWs, config.WDim], generator: random), Labels(SceneRenderer.Render(7, i, config.Width))))
            .ToList();
        long start = Stopwatch.GetTimestamp();
        using var memory = new PeakMemory();
        var options = new LabelerTrainingOptions { Members = Members, Steps = steps };
        using (LabelerTrainer.Train(generator, photographs, SceneSchema.Schema, options)) { }
        foreach (var photograph in photographs) photograph.Dispose();
        long features = config.Taps.Sum(t => (long)t.Channels);
        double mega = 1e6, hypercolumns = (double)Photographs * features * config.Width * config.Height * sizeof(float) / mega;
        if (memory.Peak > limitGigabytes * (1L << 30)) throw new HandsOffException($"bench labeler-training: {memory.Peak / mega:0} MB at {config.Width} px, at most {limitGigabytes} GiB allowed");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {config.Width} px, base {config.ChannelBase} / max {config.ChannelMax} | {features} | **{memory.Peak / mega:0}** | {limitGigabytes * (1L << 30) / mega:0} | {hypercolumns:0} | {Stopwatch.GetElapsedTime(start).TotalSeconds:0} |");
    }

    private static LabeledImage Labels(RenderedScene scene) =>
        new() { Width = scene.Width, Height = scene.Height, Rgb = scene.Rgb, Mask = scene.Mask, Depth = scene.Depth, Keypoints = scene.Keypoints };
}
