using System.Text.Json;
using HandsOff.Core.Diagnostics;
using HandsOff.Core.Evaluation;
using HandsOff.Core.StyleGan2;
using HandsOff.Core.Training;
using TorchSharp;
using static TorchSharp.torch;
using Generator = HandsOff.Core.StyleGan2.Generator;

namespace HandsOff.Core.Inversion;

/// <summary>
/// Trains an <see cref="Encoder"/> for a frozen generator: first on generated images whose latents are known, then on
/// photographs for a capped number of steps. The encoder kept is the one with the least perceptual distance on held-out
/// photographs. Writes into its folder: <c>encoder.safetensors</c> (the best), <c>checkpoint.safetensors</c> (to go on from),
/// <c>history.csv</c>, <c>history.png</c>, <c>report.json</c>, <c>sheet.png</c> (held-out photographs, reconstructions by the best).
/// </summary>
public sealed class EncoderTrainer : IDisposable
{
    public const string EncoderFile = "encoder.safetensors", CheckpointFile = "checkpoint.safetensors", HistoryFile = "history.csv", PlotFile = "history.png", SheetFile = "sheet.png", ReportFile = "report.json";
    private const double PairShareOfTime = 2.0 / 3;

    private readonly Generator _generator;
    private readonly PerceptualLoss _perceptual;
    private readonly ImageFolder _photos;
    private readonly EncoderTrainingOptions _options;
    private readonly string _folder;
    private readonly TimeProvider _time;
    private readonly Encoder _encoder;
    private readonly FlatAdam _adam;
    private readonly EncoderStep _step;
    private readonly EncoderRunState _state;
    private readonly Tensor _heldOut;

    /// <summary>Prepares a run, or goes on with the one whose checkpoint lies in <paramref name="folder"/>.</summary>
    /// <param name="generator">Frozen here (its parameters take no gradient any more); stays the caller's.</param>
    /// <param name="perceptual">The perceptual distance; stays the caller's.</param>
    /// <param name="photos">Photographs to train on, of the generator's size.</param>
    /// <param name="heldOut">Photographs to measure on; none of them may be among the others.</param>
    /// <param name="options">Validated here.</param>
    /// <param name="folder">Where everything is written; created.</param>
    /// <param name="time">Clock for rates and the time limit.</param>
    /// <exception cref="HandsOffException">Bad options, photographs of another size, or another run's folder.</exception>
    public EncoderTrainer(Generator generator, PerceptualLoss perceptual, ImageFolder photos, ImageFolder heldOut, EncoderTrainingOptions options, string folder, TimeProvider? time = null)
    {
        (_generator, _perceptual, _photos, _options) = (generator, perceptual, photos, options.Validate());
        (_folder, _time) = (folder, time ?? TimeProvider.System);
        var config = EncoderConfig.For(generator.Config, options.Side, options.Channels, options.Refinements);
        foreach (var set in new[] { photos, heldOut })
        {
            if ((set.Width, set.Height) != (config.Width, config.Height))
                throw new HandsOffException($"photographs of {set.Width}x{set.Height} for a generator of {config.Width}x{config.Height} images: read them at the generator's size");
        }

        Directory.CreateDirectory(folder);
        foreach (var p in generator.parameters()) p.requires_grad_(false);
        var device = generator.WAverage.device;
        using var scope = NewDisposeScope();
        _encoder = new Encoder(config, generator.WAverage, LatentSpace.Deviation(generator), options.Seed);
        _encoder.to(device);
        _adam = new FlatAdam(_encoder.named_parameters().Select(p => (p.name, p.parameter)), options.LearningRate, 0.9, 0.99, 1e-8);
        _step = new EncoderStep(_encoder, generator, perceptual, photos, options);
        _heldOut = heldOut.Batch([.. Enumerable.Range(0, Math.Min(options.HeldOutCount, heldOut.Count))], device: device).DetachFromDisposeScope();
        string checkpoint = Path.Combine(folder, CheckpointFile);
        var inputs = new EncoderInputs(NetworkState.Digest(generator), perceptual.Name, photos.Digest, heldOut.Digest);
        _state = File.Exists(checkpoint) ? EncoderRunState.Load(checkpoint, options, inputs, _encoder, _adam) : new EncoderRunState { Options = options, Inputs = inputs };
    }

    /// <summary>Steps done so far, over both phases: above 0 before <see cref="Run"/> when a run is resumed.</summary>
    public int Steps => _state.Steps;

    /// <summary>Trains to the end. On cancellation a checkpoint is written first; the same call in a new process goes on from it.</summary>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    /// <exception cref="HandsOffException">The loss is no longer finite.</exception>
    public EncoderTrainingReport Run(Action<EncoderProgress>? progress = null, CancellationToken cancel = default)
    {
        using var alone = FolderLock.Take(_folder, "training", "--out");
        long began = _time.GetTimestamp();
        double before = _state.Seconds;
        int stepsBefore = _state.Steps;
        if (_state.History.Count == 0) Measure();
        if (_state.Phase == EncoderPhase.Pairs && _options.PairIterations == 0) EnterPhotos();
        while (!_state.Done)
        {
            if (cancel.IsCancellationRequested)
            {
                Save();
                cancel.ThrowIfCancellationRequested();
            }

            double loss = Step();
            _state.Seconds = before + _time.GetElapsedTime(began).TotalSeconds;
            bool ends = PhaseShare() >= 1;
            EncoderMeasurement? measured = ends || _state.Iteration % _options.EvaluateEvery == 0 ? Measure() : null;
            if (measured is not null)
            {
                // The time the measurement took counts as well.
                _state.Seconds = before + _time.GetElapsedTime(began).TotalSeconds;
                if (_state.Phase == EncoderPhase.Photos) _state.Done = ends || (_options.Patience > 0 && _state.SinceBest >= _options.Patience);
                else if (ends) EnterPhotos();
                Save();
            }

            progress?.Invoke(Progress(loss, (_state.Steps - stepsBefore) / Math.Max(1e-9, _state.Seconds - before), measured));
        }

        return Report();
    }

    public void Dispose()
    {
        _encoder.Dispose();
        _adam.Dispose();
        _heldOut.Dispose();
    }

    private int Cap => _state.Phase == EncoderPhase.Pairs ? _options.PairIterations : _options.PhotoIterations;

    /// <summary>How much of the phase is over, by steps or by time, from 0 to 1.</summary>
    private double PhaseShare()
    {
        double bySteps = (double)_state.Iteration / Math.Max(1, Cap);
        return Math.Min(1, TimeLimit() is { } limit ? Math.Max(bySteps, (_state.Seconds - _state.PhaseBegan) / Math.Max(1e-9, limit)) : bySteps);
    }

    /// <summary>The phase's seconds: the second has all that the first left over.</summary>
    private double? TimeLimit() =>
        _options.Minutes is not { } minutes ? null
        : _state.Phase == EncoderPhase.Pairs ? minutes * 60 * (_options.PhotoIterations == 0 ? 1 : PairShareOfTime)
        : (minutes * 60) - _state.PhaseBegan;

    private double Step()
    {
        using var scope = NewDisposeScope();
        double fade = 0.05 + (0.95 * 0.5 * (1 + Math.Cos(Math.PI * PhaseShare())));
        _adam.Rate = _options.LearningRate * fade * (_state.Phase == EncoderPhase.Pairs ? 1 : 0.5);
        using var reduced = new ReducedPrecision(_generator, _options.BFloat16);
        var loss = _step.Loss(_state.Phase, _state.Steps, _state.Iteration);
        double value = loss.item<float>();
        if (!double.IsFinite(value)) throw new HandsOffException($"encoder training: the loss is {value} at step {_state.Steps}; a smaller --lr than {_options.LearningRate} would be right");
        _adam.Minimise(loss);
        _state.LossSum += value;
        _state.LossCount++;
        _state.Iteration++;
        _state.Steps++;
        return value;
    }

    private EncoderMeasurement Measure()
    {
        using var noGrad = no_grad();
        double distance = 0, error = 0;
        long count = _heldOut.shape[0];
        for (long at = 0; at < count; at += _options.Batch)
        {
            using var scope = NewDisposeScope();
            var images = _heldOut[(int)at..(int)Math.Min(count, at + _options.Batch)];
            var ws = _state.Steps == 0 ? _encoder.Start(images.shape[0]) : _encoder.Encode(_generator, images);
            var (d, e) = ReconstructionLoss.Of(_perceptual, _generator.Synthesize(ws), images);
            distance += d.sum().item<float>();
            error += e.sum().item<float>();
        }

        bool best = _state.History.All(h => distance / count < h.HeldOutPerceptual);
        var row = new EncoderMeasurement(_state.Phase, _state.Iteration, _state.Steps, _state.Seconds, _state.LossSum / Math.Max(1, _state.LossCount), distance / count, error / count, best);
        _state.History.Add(row);
        (_state.LossSum, _state.LossCount) = (0, 0);
        _state.SinceBest = best || _state.Phase == EncoderPhase.Pairs ? 0 : _state.SinceBest + 1;
        if (best) _encoder.Save(Path.Combine(_folder, EncoderFile));
        EncoderHistory.Write(Path.Combine(_folder, HistoryFile), _state.History);
        return row;
    }

    private void EnterPhotos()
    {
        (_state.Phase, _state.Iteration, _state.PhaseBegan) = (EncoderPhase.Photos, 0, _state.Seconds);
        _state.Done = _options.PhotoIterations == 0;
    }

    private void Save() => _state.Save(Path.Combine(_folder, CheckpointFile), _encoder, _adam);

    private EncoderProgress Progress(double loss, double rate, EncoderMeasurement? measured)
    {
        double left = Cap - _state.Iteration + (_state.Phase == EncoderPhase.Pairs ? _options.PhotoIterations : 0);
        double seconds = left / Math.Max(1e-9, rate);
        if (_options.Minutes is { } minutes) seconds = Math.Min(seconds, (minutes * 60) - _state.Seconds);
        return new EncoderProgress(_state.Phase, _state.Iteration, Cap, loss, rate, TimeSpan.FromSeconds(Math.Clamp(_state.Done ? 0 : seconds, 0, 1e7)), measured);
    }

    private EncoderTrainingReport Report()
    {
        var report = new EncoderTrainingReport
        {
            Perceptual = _perceptual.Name,
            Photographs = _photos.Count,
            HeldOut = (int)_heldOut.shape[0],
            Parameters = _encoder.parameters().Sum(p => p.NumberOfElements),
            Start = _state.History[0],
            BeforeFineTuning = _state.History.Last(h => h.Phase == EncoderPhase.Pairs),
            Best = _state.History.Last(h => h.Best),
            Last = _state.History[^1],
            Options = _options,
            Seconds = _state.Seconds,
        };
        EncoderHistory.Draw(Path.Combine(_folder, HistoryFile), Path.Combine(_folder, PlotFile), _perceptual.Name);
        DrawSheet();
        File.WriteAllText(Path.Combine(_folder, ReportFile), JsonSerializer.Serialize(report, EncoderRunState.Json));
        return report;
    }

    private void DrawSheet()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var best = Encoder.Load(Path.Combine(_folder, EncoderFile), _generator, _heldOut.device);
        var shown = _heldOut[..(int)Math.Min(32, _heldOut.shape[0])];
        var made = _generator.Synthesize(best.Encode(_generator, shown));
        File.WriteAllBytes(Path.Combine(_folder, SheetFile), InversionSheet.Draw([shown, made], [.. Enumerable.Repeat(true, (int)shown.shape[0])]));
    }
}
