using System.Globalization;
using HandsOff.Core.Diagnostics;
using HandsOff.Core.StyleGan2;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Training;

/// <summary>
/// Trains a StyleGAN2 generator on a folder of images. A run lives in a folder: <c>generator.safetensors</c> (averaged) and
/// <c>discriminator.safetensors</c> of the last snapshot, <c>checkpoints/</c>, <c>log.csv</c>, <c>curves.png</c>, <c>samples-*.png</c>, and <c>finished</c> at its end. A run stopped
/// at a checkpoint and resumed computes, on the CPU, bit for bit what an undisturbed one does.
/// </summary>
public sealed class GanTrainer : IDisposable
{
    /// <summary>In the run's folder once it has its whole length, and only then.</summary>
    public const string FinishedFile = "finished";

    private const int SheetColumns = 8, SheetRows = 8, SheetBatch = 16;
    private readonly GanTrainingOptions _options;
    private readonly ImageFolder _images;
    private readonly string _run;
    private readonly TimeProvider _time;
    private readonly GanState _state;
    private readonly GanStep _step;
    private readonly DataOrder _order;
    private readonly GanLog _log;
    private readonly GanFigures _figures = new();
    private double _bestMetric = double.PositiveInfinity;
    private int _snapshot;

    private GanTrainer(GanTrainingOptions options, ImageFolder images, string run, GanState state, TimeProvider time)
    {
        if (images.Width != options.Network.Width || images.Height != options.Network.Height)
            throw HandsOffException.Usage($"the images were read at {images.Width}x{images.Height}, the networks are {options.Network.Width}x{options.Network.Height}");
        (_options, _images, _run, _time, _state) = (options, images, run, time, state);
        if (!options.NoiseInputs) state.SilenceNoise();
        _step = new GanStep(options, state);
        _order = new DataOrder(images.Count, options.Seed, options.Mirror);
        Directory.CreateDirectory(run);
        _log = new GanLog(run, Kimg);
    }

    /// <summary>Thousands of real images shown so far, repeats counted.</summary>
    public double Kimg => _state.Images / 1000.0;

    /// <summary>Measured every <see cref="GanTrainingOptions.MetricKimg"/>, when set; the best generator is kept as <c>generator-best.safetensors</c>.</summary>
    public IGanMetric? Metric { get; set; }

    internal GanState State => _state;

    /// <summary>Begins a run in an empty or new folder.</summary>
    /// <param name="options">What to do; validated.</param>
    /// <param name="images">Training images of the network's size.</param>
    /// <param name="run">The run's folder; must not hold a checkpoint.</param>
    /// <param name="initFrom">A run or checkpoint folder whose networks to begin with (growing), or null.</param>
    /// <param name="device">Where to compute; the CPU when null.</param>
    /// <param name="time">Clock for rates; the system's when null.</param>
    /// <exception cref="HandsOffException">The folder holds a run, an option is out of range, or <paramref name="initFrom"/> does not fit.</exception>
    public static GanTrainer Start(GanTrainingOptions options, ImageFolder images, string run, string? initFrom = null, Device? device = null, TimeProvider? time = null)
    {
        options.Validate();
        if (GanCheckpoint.Latest(run) is { } old) throw HandsOffException.Usage($"{run} holds a run already (checkpoint {Path.GetFileName(old)}); give --resume to go on with it, or another --out");
        var state = new GanState(options, device ?? CPU);
        if (initFrom is not null) GanGrowth.Start(initFrom, state);
        return new GanTrainer(options, images, run, state, time ?? TimeProvider.System);
    }

    /// <summary>Goes on from a run's newest checkpoint.</summary>
    /// <param name="options">As the run began with, except where a change is meant; the network sizes must be the same.</param>
    /// <exception cref="HandsOffException">There is no checkpoint, it does not fit, or it learns from other images.</exception>
    public static GanTrainer Resume(GanTrainingOptions options, ImageFolder images, string run, Device? device = null, TimeProvider? time = null)
    {
        options.Validate();
        string checkpoint = LatestOf(run);
        var record = GanCheckpoint.ReadRecord(checkpoint);
        if (record.Data is not null && record.Data != images.Digest)
            throw HandsOffException.Usage($"{checkpoint}: this run learns from other images than the {images.Count} given; give the same --data (and --list), or begin another run with --init-from {run}");
        var state = new GanState(options, device ?? CPU);
        GanCheckpoint.Restore(checkpoint, record, state);
        return new GanTrainer(options, images, run, state, time ?? TimeProvider.System) { _snapshot = record.Snapshot, _bestMetric = record.BestMetric };
    }

    /// <summary>The options a run's newest checkpoint was made with.</summary>
    public static GanTrainingOptions OptionsOf(string run) => GanCheckpoint.ReadRecord(LatestOf(run)).Options;

    /// <summary>One step on the next batch.</summary>
    public void Step()
    {
        using var scope = NewDisposeScope();
        var (indices, mirror) = _order.Take(_state.Images, _options.Batch);
        _step.Run(_images.Batch(indices, mirror, _state.Device), _figures);
    }

    /// <summary>
    /// Trains until <see cref="GanTrainingOptions.Kimg"/>, until cancelled or for <paramref name="limit"/>; always ends with a
    /// checkpoint. Returns whether the whole length is done.
    /// </summary>
    /// <param name="report">Receives a progress line now and then.</param>
    /// <param name="limit">Stop cleanly after so long; null for no limit.</param>
    /// <param name="cancellationToken">Finish the step at hand, write a checkpoint and return.</param>
    /// <exception cref="HandsOffException">The losses are no longer numbers: the last checkpoint stays.</exception>
    public bool Run(Action<string> report, TimeSpan? limit = null, CancellationToken cancellationToken = default)
    {
        using var alone = FolderLock.Take(_run, "training", "--out");
        long began = _time.GetTimestamp(), mark = began;
        double before = _state.Seconds;
        long marked = _state.Images;
        var progress = new ProgressMeter(_options.Kimg * 1000, _state.Images, _time);
        double nextLog = Next(Kimg, _options.LogKimg), nextSnapshot = Next(Kimg, _options.SnapshotKimg), nextMetric = Next(Kimg, _options.MetricKimg);
        string finished = Path.Combine(_run, FinishedFile);
        if (Kimg < _options.Kimg) File.Delete(finished);
        if (_state.Images == 0) WriteSamples();
        bool stop = false;
        while (!stop && Kimg < _options.Kimg)
        {
            Step();
            _state.Seconds = before + _time.GetElapsedTime(began).TotalSeconds;
            stop = cancellationToken.IsCancellationRequested || _time.GetElapsedTime(began) >= limit;
            bool last = stop || Kimg >= _options.Kimg;
            bool snapshot = last || Kimg >= nextSnapshot;
            if (!last && !snapshot && Kimg < nextLog) continue;

            nextLog = Next(Kimg, _options.LogKimg);
            double seconds = _time.GetElapsedTime(mark).TotalSeconds, rate = seconds > 0 ? (_state.Images - marked) / seconds : 0;
            if (!_figures.Finite) throw new HandsOffException($"{_run}: the losses are not numbers any more at {Kimg:F1} kimg; resume from the last checkpoint with a lower --lr or a higher --gamma");
            double? metric = null;
            if (Metric is not null && Kimg >= nextMetric && !stop)
            {
                nextMetric = Next(Kimg, _options.MetricKimg);
                metric = Measure(cancellationToken);
            }

            _log.Add(Kimg, _figures, _state.Ada.Probability, _options.LearningRate, rate, _state.Seconds, metric, metric is null ? null : Metric?.Floor);
            progress.Update(_state.Images);
            report(Line(progress, rate, metric));
            _figures.Clear();
            if (snapshot)
            {
                nextSnapshot = Next(Kimg, _options.SnapshotKimg);
                WriteSamples();
                _log.Draw();
                Save();
            }

            (mark, marked) = (_time.GetTimestamp(), _state.Images);
        }

        if (Kimg < _options.Kimg) return false;
        File.WriteAllText(finished, string.Create(CultureInfo.InvariantCulture, $"{Kimg} kimg\n"));
        return true;
    }

    /// <summary>Writes a checkpoint now and the run's <c>generator.safetensors</c>. Returns the checkpoint's folder.</summary>
    public string Save() => GanCheckpoint.Save(_run, _state, _options, ++_snapshot, _bestMetric, _images.Digest);

    public void Dispose()
    {
        _step.Dispose();
        _state.Dispose();
    }

    private double? Measure(CancellationToken cancellationToken)
    {
        double value;
        try
        {
            value = Metric!.Measure(_state.Averaged, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return null;
        }

        if (value >= _bestMetric) return value;
        _bestMetric = value;
        _state.Averaged.Save(Path.Combine(_run, "generator-best.safetensors"));
        _state.Discriminator.Save(Path.Combine(_run, "discriminator-best.safetensors"));
        return value;
    }

    // The same latents every time, without noise from any shared random state.
    private void WriteSamples()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var random = new torch.Generator(_options.Seed ^ 0x5eed, CPU);
        var z = randn(SheetColumns * SheetRows, _options.Network.ZDim, generator: random).to(_state.Device);
        var parts = new List<Tensor>();
        for (int i = 0; i < SheetColumns * SheetRows; i += SheetBatch)
            parts.Add(_state.Averaged.Synthesize(_state.Averaged.Map(z.narrow(0, i, SheetBatch))).cpu());
        ContactSheet.Write(Path.Combine(_run, $"samples-{(long)Kimg:D6}.png"), cat(parts, 0), SheetColumns);
    }

    private string Line(ProgressMeter progress, double rate, double? metric)
    {
        string Figure(int f) => _figures.Mean(f)?.ToString("F3", CultureInfo.InvariantCulture) ?? "-";
        return string.Create(CultureInfo.InvariantCulture, $"kimg {Kimg:F1}/{_options.Kimg:F0}  {rate:F1} images/s  G {Figure(GanFigures.GeneratorLoss)}  D {Figure(GanFigures.DiscriminatorLoss)}  R1 {Figure(GanFigures.R1)}  path {Figure(GanFigures.PathLength)}  sign {Figure(GanFigures.RealSign)}  p {_state.Ada.Probability:F3}{(metric is { } m ? $"  {Metric!.Name} {m:F4} (floor {Metric.Floor:F4})" : "")}  left {ProgressMeter.Text(progress.Remaining)}");
    }

    // The first multiple of an interval above a value.
    private static double Next(double kimg, double interval) => (Math.Floor(kimg / interval + 1e-9) + 1) * interval;

    private static string LatestOf(string run) =>
        GanCheckpoint.Latest(run) ?? throw HandsOffException.Usage($"{run}: no checkpoint to resume; leave --resume out to begin a run");
}
