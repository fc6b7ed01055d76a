using System.Text.Json;
using HandsOff.Core.Diagnostics;
using HandsOff.Core.Evaluation.Downstream;
using HandsOff.Core.Imaging;

namespace HandsOff.Core.Evaluation.Experiments;

/// <summary>Trains downstream networks and scores them.</summary>
internal sealed class NetworkStages(ExperimentContext context)
{
    public const string ReportFile = "report.json", FailuresFile = "failures.png";
    private const int FailuresShown = 8;

    /// <summary>The SqueezeNet weights of pretrained backbones; null for the installed ones.</summary>
    public string? Weights { get; } = context.Lpips is null ? null : LpipsWeights.Locate(LpipsNet.Squeeze, context.Lpips);

    /// <summary>Trains a network; network.safetensors and report.json.</summary>
    public Stage Train(ExperimentSettings settings, string network, DenseTrainingOptions options, SetSource train, SetSource? second)
    {
        var (architecture, pretrained) = DenseNetworkConfig.Parse(network);
        var source = context.Data.Validation();
        using (var validation = source.Load())
        {
            var schema = DenseSet.Restrict(validation.Schema, context.Protocol.Kinds(validation.Schema.Kinds));
            var config = new DenseNetworkConfig
            {
                Architecture = architecture,
                Pretrained = pretrained,
                Channels = settings.Channels,
                Schema = schema,
                KeypointSigma = Math.Max(1, Math.Min(validation.Width, validation.Height) / 40.0),
            };
            var inputs = new { Version = 1, config, options, Train = train.Digest, Second = second?.Digest, Validation = source.Digest };
            return context.Cache.Get("network", inputs, target =>
            {
                using var learned = train.Load();
                using var other = second?.Load();
                using var model = new DenseNetwork(config, options.Seed, Weights, context.Device);
                using (var trainer = new DenseTrainer(model, learned, other, validation, options, target, context.Time))
                    Write(Path.Combine(target, ReportFile), trainer.Run(cancel: context.Cancel));
                File.Delete(Path.Combine(target, DenseTrainer.CheckpointFile));
            }, resumes: true);
        }
    }

    /// <summary>How a network's training went.</summary>
    public static DenseTrainingReport Report(Stage network) => Read<DenseTrainingReport>(network.PathOf(ReportFile));

    /// <summary>Scores a network on the test split: once, after every choice was made. The images it does worst on are drawn beside it.</summary>
    public (EvaluationReport Report, Stage Stage) Test(Stage network)
    {
        var source = context.Data.Test();
        var stage = context.Cache.Get("test", new { Network = network.Digest, Test = source.Digest }, target =>
        {
            using var test = source.Load();
            using var model = DenseNetwork.Load(network.PathOf(DenseTrainer.BestFile), Weights, context.Device);
            var seen = new List<(int Index, byte[] Mask, double Iou)>();
            var report = DenseEvaluation.Run(model, test, seen: (i, mask, iou) =>
            {
                if (mask is not null && double.IsFinite(iou)) seen.Add((i, mask, iou));
            }, cancel: context.Cancel);
            Draw(Path.Combine(target, FailuresFile), test, [.. seen.OrderBy(s => s.Iou).ThenBy(s => s.Index).Take(FailuresShown)]);
            Write(Path.Combine(target, ReportFile), report);
        });
        return (Read<EvaluationReport>(stage.PathOf(ReportFile)), stage);
    }

    public static void Write<T>(string path, T what) => File.WriteAllText(path, JsonSerializer.Serialize(what, ExperimentJson.Options) + "\n");

    public static T Read<T>(string path) => JsonSerializer.Deserialize<T>(File.ReadAllText(path), ExperimentJson.Options) ?? throw new HandsOffException($"{path}: empty");

    /// <summary>Photograph, its own mask, the predicted one; a row of two such triples.</summary>
    private static void Draw(string path, DenseSet test, List<(int Index, byte[] Mask, double Iou)> worst)
    {
        if (worst.Count == 0) return;
        byte[] palette = MaskPalette.Of(test.Schema.Classes);
        var tiles = new List<byte[]>();
        foreach (var (index, mask, _) in worst) tiles.AddRange([test.Rgb(index), Colours(test.Image(index).Mask!), Colours(mask)]);
        ContactSheet.Write(path, tiles, test.Width, test.Height, 6, 2);

        byte[] Colours(byte[] ids)
        {
            var rgb = new byte[ids.Length * 3];
            for (int i = 0; i < rgb.Length; i++) rgb[i] = palette[3 * ids[i / 3] + i % 3];
            return rgb;
        }
    }
}
