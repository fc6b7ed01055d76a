using System.Text.Json;
using HandsOff.Core.Evaluation.Downstream;

namespace HandsOff.Core.Evaluation.Experiments;

/// <summary>Trains downstream networks and scores them.</summary>
internal sealed class NetworkStages(ExperimentContext context)
{
    public const string ReportFile = "report.json", FailuresFile = "failures.png";

    /// <summary>The SqueezeNet weights of pretrained backbones; null for the installed ones.</summary>
    private readonly string? _weights = context.Lpips is null ? null : LpipsWeights.Locate(LpipsNet.Squeeze, context.Lpips);

    /// <summary>Trains a network; network.safetensors and report.json.</summary>
    /// <exception cref="TrainingDivergedException">The rate is too high.</exception>
    public Stage Train(ExperimentSettings settings, string network, DenseTrainingOptions options, SetSource train, SetSource? second, Stage? start = null)
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
            var inputs = new { config, options, Weights = pretrained ? context.Perceptual("squeeze") : null, Train = train.Digest, Second = second?.Digest, Validation = source.Digest, Start = start?.Digest };
            return context.Compute("network", 1, inputs, target =>
            {
                using var learned = train.Load();
                using var other = second?.Load();
                using var model = start is null ? new DenseNetwork(config, options.Seed, _weights, context.Device) : Open(start);
                using (var trainer = new DenseTrainer(model, learned, other, validation, options, target, context.Time))
                    Write(Path.Combine(target, ReportFile), trainer.Run(cancel: context.Cancel));
                File.Delete(Path.Combine(target, DenseTrainer.CheckpointFile));
            }, resumes: true);
        }
    }

    /// <summary>How a network's training went.</summary>
    public static DenseTrainingReport Report(Stage network) => Read<DenseTrainingReport>(network.PathOf(ReportFile));

    /// <summary>A dataset's images with a network's labels (<see cref="NetworkLabels"/>) in place of their own; keypoints that were not there still are not.</summary>
    public Stage Refine(Stage dataset, Stage network, double confidence) =>
        context.Compute("refined", 1, new { Dataset = dataset.Digest, Network = network.Digest, confidence }, target =>
        {
            using var scope = TorchSharp.torch.NewDisposeScope();
            using var model = Open(network);
            using var set = DenseSet.Load(dataset.PathOf(MethodStages.SetFile));
            using var refined = NetworkLabels.Of(model, set, confidence, context.Cancel);
            if (set.Keypoints is not null) refined.Keypoints?.select(2, 2).copy_(set.Keypoints.select(2, 2));
            refined.Save(Path.Combine(target, MethodStages.SetFile));
        });

    /// <summary>Scores a network on the test split: once, after every choice was made.</summary>
    public EvaluationReport Test(Stage network)
    {
        var source = context.Data.Test();
        var stage = context.Compute("test", 1, new { Network = network.Digest, Test = source.Digest }, target =>
        {
            using var test = source.Load();
            using var model = Open(network);
            Write(Path.Combine(target, ReportFile), DenseEvaluation.Run(model, test, cancel: context.Cancel));
        });
        return Read<EvaluationReport>(stage.PathOf(ReportFile));
    }

    /// <summary>Draws the images that a network does worst on, task by task; the picture's file, or null where it predicts nothing.</summary>
    public string? Failures(Stage network, SetSource source)
    {
        var stage = context.Compute("failures", 1, new { Network = network.Digest, Images = source.Digest }, target =>
        {
            using var images = source.Load();
            using var model = Open(network);
            FailureSheet.Draw(model, images, Path.Combine(target, FailuresFile), context.Cancel);
        });
        string file = stage.PathOf(FailuresFile);
        return File.Exists(file) ? file : null;
    }

    public static void Write<T>(string path, T what) => File.WriteAllText(path, JsonSerializer.Serialize(what, ExperimentJson.Options) + "\n");

    public static T Read<T>(string path) => JsonSerializer.Deserialize<T>(File.ReadAllText(path), ExperimentJson.Options) ?? throw new HandsOffException($"{path}: empty");

    /// <summary>A trained network. The caller disposes it.</summary>
    public DenseNetwork Open(Stage network) => DenseNetwork.Load(network.PathOf(DenseTrainer.BestFile), _weights, context.Device);
}
