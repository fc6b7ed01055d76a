using System.Text.Json;
using HandsOff.Core.Evaluation.Downstream;

namespace HandsOff.Core.Evaluation.Experiments;

/// <summary>Trains downstream networks and scores them.</summary>
internal sealed class NetworkStages(ExperimentContext context)
{
    public const string ReportFile = NetworkTraining.ReportFile, FailuresFile = "failures.png";

    private readonly NetworkTraining _training = new(
        context.Cache, context.Lpips is null ? null : LpipsWeights.Locate(LpipsNet.Squeeze, context.Lpips), context.Device, context.Time, context.Cancel);

    /// <summary>Trains a network by name (<see cref="NetworkTraining.Train"/>), for the labels that the protocol asks for.</summary>
    public Stage Train(ExperimentSettings settings, string network, DenseTrainingOptions options, SetSource train, SetSource? second, Stage? start = null)
    {
        var validation = context.Data.Validation();
        using var images = validation.Load();
        var config = DenseNetworkConfig.Of(network, DenseSet.Restrict(images.Schema, context.Protocol.Kinds(images.Schema.Kinds)), settings.Channels, images.Width, images.Height);
        return _training.Train(config, options, train, second, validation, start);
    }

    /// <summary>How a network's training went.</summary>
    public static DenseTrainingReport Report(Stage network) => Read<DenseTrainingReport>(network.PathOf(ReportFile));

    /// <summary>A dataset's images with a network's labels (<see cref="NetworkLabels"/>) in place of their own; keypoints that were not there still are not.</summary>
    public Stage Refine(Stage dataset, Stage network, double confidence) =>
        context.Compute("refined", 1, new { Dataset = dataset.Digest, Network = network.Digest, confidence }, target =>
        {
            using var scope = TorchSharp.torch.NewDisposeScope();
            using var model = Open(network);
            using var set = DenseSet.Load(dataset.PathOf(DatasetDraw.SetFile));
            using var refined = NetworkLabels.Of(model, set, confidence, context.Cancel);
            if (set.Keypoints is not null) refined.Keypoints?.select(2, 2).copy_(set.Keypoints.select(2, 2));
            refined.Save(Path.Combine(target, DatasetDraw.SetFile));
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
    public DenseNetwork Open(Stage network) => _training.Open(network);
}
