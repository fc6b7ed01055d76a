using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using HandsOff.Core.Labeling;
using HandsOff.Core.Tensors;
using HandsOff.Core.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Evaluation.Downstream;

/// <summary>
/// Trains a downstream network and keeps the state that is best on the validation set. With a folder it writes
/// <c>checkpoint.safetensors</c> at every measurement, from which the same call goes on after a stop, to the same bits.
/// </summary>
public sealed class DenseTrainer : IDisposable
{
    public const string CheckpointFile = "checkpoint.safetensors", BestFile = "network.safetensors";
    private readonly DenseNetwork _network;
    private readonly DenseSet _train, _validation;
    private readonly DenseSet? _second;
    private readonly DenseTrainingOptions _options;
    private readonly string? _folder;
    private readonly TimeProvider _time;
    private readonly FlatAdam _adam;
    private readonly Dictionary<string, Tensor> _best = new(StringComparer.Ordinal);
    private readonly List<DenseProgress> _history = [];
    private string? _digest;
    private int _step;
    private long _seconds; // images of the second set before this step
    private (int Step, double Choice) _chosen = (0, double.NegativeInfinity);

    /// <summary>Prepares a training; the network and the sets stay the caller's.</summary>
    /// <param name="network">Trained in place; at the end it is the best one.</param>
    /// <param name="train">What it learns from.</param>
    /// <param name="second">A second set that a share of each batch comes from (photographs beside generated images), or null.</param>
    /// <param name="validation">What decides which state is kept.</param>
    /// <param name="options">Validated here.</param>
    /// <param name="folder">Where checkpoints are kept; nowhere when null.</param>
    /// <param name="time">Clock.</param>
    /// <exception cref="HandsOffException">Options out of range, or sets of another schema or size.</exception>
    public DenseTrainer(DenseNetwork network, DenseSet train, DenseSet? second, DenseSet validation, DenseTrainingOptions options, string? folder = null, TimeProvider? time = null)
    {
        (_network, _train, _second, _validation, _options) = (network, train, second, validation, options.Validate());
        (_folder, _time) = (folder, time ?? TimeProvider.System);
        var schema = network.Config.Schema;
        foreach (var set in new[] { train, second, validation })
        {
            if (set is null) continue;
            if ((set.Schema.Kinds & schema.Kinds) != schema.Kinds || (schema.Classes.Count > 0 && set.Schema.Classes.Count != schema.Classes.Count)
                || (schema.Keypoints.Count > 0 && set.Schema.Keypoints.Count != schema.Keypoints.Count))
                throw new HandsOffException($"downstream training: a set of labelled images has {set.Schema.Classes.Count} classes, {set.Schema.Keypoints.Count} keypoints, the network predicts {schema.Classes.Count} and {schema.Keypoints.Count}");
            if ((set.Width, set.Height) != (train.Width, train.Height))
                throw new HandsOffException($"downstream training: images of {set.Width}x{set.Height} beside {train.Width}x{train.Height}; all must be of one size");
        }

        _adam = new FlatAdam(network.Parameters, options.LearningRate, 0.9, 0.999, 1e-8) { RateFactor = name => network.IsPretrained(name) ? options.PretrainedRate : 1 };
        Resume();
    }

    /// <summary>Steps done; above 0 before <see cref="Run"/> when a training is resumed.</summary>
    public int Step => _step;

    /// <summary>Trains to the end and puts the best state into the network. On cancellation the last checkpoint stays.</summary>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    /// <exception cref="TrainingDivergedException">The loss is not a number any more.</exception>
    public DenseTrainingReport Run(IProgress<DenseProgress>? progress = null, CancellationToken cancel = default)
    {
        long began = _time.GetTimestamp();
        _seconds = _second is null ? 0 : Enumerable.Range(0, _step).Sum(s => (long)_options.SecondAt(s));
        using var loss = new DenseLoss(_network.Config, ClassPixels(), _options.ClassBalance, _train.Width, _train.Height, _network.Device);
        var first = new DenseAugmenter(_train, _options.Augmentation, _options.Seed);
        var second = _second is null ? null : new DenseAugmenter(_second, _options.Augmentation, _options.Seed + 0x5EC0_0000);
        double sum = 0;
        int since = 0;
        while (_step < _options.Steps)
        {
            cancel.ThrowIfCancellationRequested();
            _adam.Rate = _options.RateAt(_step);
            using (NewDisposeScope())
            {
                var batch = Batch(first, second);
                _network.ComputeType = _options.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32;
                var outputs = _network.Forward(batch.Images);
                _network.ComputeType = ScalarType.Float32;
                var value = loss.Of(outputs, batch);
                _adam.Minimise(value);
                sum += value.Number();
            }

            _step++;
            since++;
            if (_step % _options.EvaluateEvery != 0 && _step != _options.Steps) continue;
            Measure(sum / since, cancel);
            (sum, since) = (0, 0);
            progress?.Report(_history[^1]);
        }

        _network.LoadStateTensors(_best, "the best state");
        var report = DenseEvaluation.Run(_network, _validation, cancel: cancel);
        if (_folder is not null) _network.Save(Path.Combine(_folder, BestFile));
        return new DenseTrainingReport
        {
            BestStep = _chosen.Step,
            Validation = report,
            Choice = _chosen.Choice,
            History = _history,
            Seconds = Math.Round(_time.GetElapsedTime(began).TotalSeconds, 1),
        };
    }

    public void Dispose()
    {
        _adam.Dispose();
        foreach (var t in _best.Values) t.Dispose();
    }

    /// <summary>How often each class is seen: where a second set has its share of the batches, so it has of this count.</summary>
    private long[] ClassPixels()
    {
        long[] first = _train.ClassPixels();
        if (_second?.ClassPixels() is not { } second) return first;
        double share = Enumerable.Range(0, _options.Steps).Average(s => (double)_options.SecondAt(s) / _options.Batch), perImage = (double)_train.Count / _second.Count;
        return [.. first.Zip(second, (a, b) => (long)Math.Round((1 - share) * a + share * perImage * b))];
    }

    private DenseBatch Batch(DenseAugmenter first, DenseAugmenter? second)
    {
        int other = second is null ? 0 : _options.SecondAt(_step), own = _options.Batch - other;
        var a = first.Next((long)_step * _options.Batch - _seconds, own, _network.Device);
        if (other == 0) return a;
        var b = second!.Next(_seconds, other, _network.Device);
        _seconds += other;
        Tensor? Join(Tensor? x, Tensor? y) => x is null ? null : cat([x, y!], 0);
        return new DenseBatch(Join(a.Images, b.Images)!, Join(a.Masks, b.Masks), Join(a.Depth, b.Depth), Join(a.DepthValid, b.DepthValid), Join(a.DepthKnown, b.DepthKnown), Join(a.Keypoints, b.Keypoints));
    }

    private void Measure(double loss, CancellationToken cancel)
    {
        if (!double.IsFinite(loss)) throw new TrainingDivergedException($"downstream training: the loss is not a number any more at step {_step}; a lower learning rate than {_options.LearningRate.ToString(CultureInfo.InvariantCulture)} would be right");
        double choice = DenseEvaluation.Choice(DenseEvaluation.Run(_network, _validation, cancel: cancel), _network.Config.Schema);
        _history.Add(new DenseProgress(_step, Math.Round(loss, 5), Math.Round(choice, 5)));
        if (choice > _chosen.Choice)
        {
            _chosen = (_step, choice);
            Keep(_network.StateTensors());
        }

        if (_folder is null) return;
        Directory.CreateDirectory(_folder);
        var tensors = _network.StateTensors().Select(t => KeyValuePair.Create("now." + t.Key, t.Value))
            .Concat(_best.Select(t => KeyValuePair.Create("best." + t.Key, t.Value))).Concat(_adam.State("adam.")).ToList();
        SafeTensors.Write(Path.Combine(_folder, CheckpointFile), tensors, new Dictionary<string, string>
        {
            ["step"] = _step.ToString(CultureInfo.InvariantCulture),
            ["best_step"] = _chosen.Step.ToString(CultureInfo.InvariantCulture),
            ["best"] = _chosen.Choice.ToString("R", CultureInfo.InvariantCulture),
            ["history"] = JsonSerializer.Serialize(_history),
            ["training"] = Digest(),
        });
    }

    private void Keep(IEnumerable<KeyValuePair<string, Tensor>> state)
    {
        using var noGrad = no_grad();
        foreach (var (name, value) in state)
        {
            if (_best.Remove(name, out var old)) old.Dispose();
            _best[name] = value.detach().cpu().clone().DetachFromDisposeScope();
        }
    }

    /// <summary>Goes on from a checkpoint of the same network, sets and options; any other is left and overwritten.</summary>
    private void Resume()
    {
        string path = _folder is null ? "" : Path.Combine(_folder, CheckpointFile);
        if (!File.Exists(path)) return;
        Dictionary<string, Tensor> tensors;
        Dictionary<string, string> metadata;
        try
        {
            (tensors, metadata) = SafeTensors.Read(path);
        }
        catch (HandsOffException)
        {
            return; // cut short
        }

        try
        {
            if (metadata.GetValueOrDefault("training") != Digest()) return;
            _step = int.Parse(metadata["step"], CultureInfo.InvariantCulture);
            _chosen = (int.Parse(metadata["best_step"], CultureInfo.InvariantCulture), double.Parse(metadata["best"], CultureInfo.InvariantCulture));
            _history.AddRange(JsonSerializer.Deserialize<List<DenseProgress>>(metadata["history"])!);
            _network.LoadStateTensors(Part("now."), path);
            Keep(Part("best."));
            _adam.Restore(tensors, "adam.", _step, path);
        }
        finally
        {
            foreach (var t in tensors.Values) t.Dispose();
        }

        Dictionary<string, Tensor> Part(string prefix) =>
            tensors.Where(t => t.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(t => t.Key[prefix.Length..], t => t.Value);
    }

    private string Digest()
    {
        if (_digest is not null) return _digest;
        var what = new { Config = _network.Config, Options = _options, Train = _train.Digest(), Second = _second?.Digest(), Validation = _validation.Digest() };
        return _digest = Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(what, LabelJson.Compact)));
    }
}
