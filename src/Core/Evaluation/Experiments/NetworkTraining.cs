using HandsOff.Core.Evaluation.Downstream;
using static TorchSharp.torch;

namespace HandsOff.Core.Evaluation.Experiments;

/// <summary>Trainings of downstream networks as stages.</summary>
/// <param name="cache">Finished stages.</param>
/// <param name="weights">LPIPS SqueezeNet weights of pretrained backbones; null for the installed ones.</param>
/// <param name="device">Where they run.</param>
/// <param name="time">Clock.</param>
/// <param name="cancel">Stops; a training goes on from its last measurement.</param>
internal sealed class NetworkTraining(StageCache cache, string? weights, Device device, TimeProvider time, CancellationToken cancel)
{
    public const string ReportFile = "report.json";

    /// <summary>Trains a network; network.safetensors and report.json.</summary>
    /// <param name="config">The network.</param>
    /// <param name="options">Of the training.</param>
    /// <param name="train">What it learns from.</param>
    /// <param name="second">What a share of every batch comes from, or null.</param>
    /// <param name="validation">What the kept state is chosen by.</param>
    /// <param name="start">A network to go on from, or null.</param>
    /// <exception cref="TrainingDivergedException">The rate is too high.</exception>
    public Stage Train(DenseNetworkConfig config, DenseTrainingOptions options, SetSource train, SetSource? second, SetSource validation, Stage? start = null)
    {
        string? content = config.Pretrained ? ContentDigest.OfPath(weights ?? LpipsWeights.Locate(LpipsNet.Squeeze)) : null;
        var inputs = new { config, options, Weights = content, Train = train.Digest, Second = second?.Digest, Validation = validation.Digest, Start = start?.Digest };
        return cache.Get("network", 1, new { Device = device.type.ToString(), inputs }, target =>
        {
            using var learned = train.Load();
            using var other = second?.Load();
            using var chooses = validation.Load();
            using var model = start is null ? new DenseNetwork(config, options.Seed, weights, device) : Open(start);
            using (var trainer = new DenseTrainer(model, learned, other, chooses, options, target, time))
            {
                var progress = cache.Progress("steps", options.Steps, trainer.Step).From<DenseProgress>(p => (p.Step, $"validation {p.Validation:0.0000}"));
                NetworkStages.Write(Path.Combine(target, ReportFile), trainer.Run(progress, cancel));
            }

            File.Delete(Path.Combine(target, DenseTrainer.CheckpointFile));
        }, resumes: true);
    }

    /// <summary>A trained network. The caller disposes it.</summary>
    public DenseNetwork Open(Stage network) => DenseNetwork.Load(network.PathOf(DenseTrainer.BestFile), weights, device);
}
