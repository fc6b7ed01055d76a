using HandsOff.Core.Datasets;
using HandsOff.Core.Diagnostics;
using HandsOff.Core.Evaluation.Downstream;
using HandsOff.Core.Evaluation.Experiments;
using HandsOff.Core.Inversion;
using HandsOff.Core.Labeling;
using HandsOff.Core.Labeling.Training;
using HandsOff.Core.Pairs;
using HandsOff.Core.StyleGan2;
using HandsOff.Core.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Evaluation.Reports;

/// <summary>
/// Measures a pair on labelled photographs that are not those it was made with. They are split by the seed: half to learn
/// from, a fifth to choose by, the rest to measure on, which no network and no choice has seen.
/// </summary>
public sealed class DatasetReporter
{
    /// <summary>Fewest labelled photographs.</summary>
    public const int Fewest = 10;

    private readonly Pair _pair;
    private readonly LabeledFolder _labels;
    private readonly ImageFolder _real;
    private readonly PerceptualLoss _perceptual;
    private readonly string _perceptualFile;
    private readonly DatasetReportOptions _options;
    private readonly Device _device;
    private readonly Action<string>? _log;
    private readonly TimeProvider _time;

    /// <param name="pair">The pair.</param>
    /// <param name="labels">Labelled photographs of its schema.</param>
    /// <param name="real">Photographs to compare the dataset with, of the generator's size.</param>
    /// <param name="perceptual">For the inversion; stays the caller's.</param>
    /// <param name="perceptualFile">The file of its weights (<see cref="PerceptualChoice.FileOf"/>).</param>
    /// <param name="options">Validated here.</param>
    /// <param name="device">Where to compute; the CPU by default.</param>
    /// <param name="log">Told what is being done.</param>
    /// <param name="time">Clock.</param>
    /// <exception cref="HandsOffException">Too few photographs, or figures out of range.</exception>
    public DatasetReporter(Pair pair, LabeledFolder labels, ImageFolder real, PerceptualLoss perceptual, string perceptualFile, DatasetReportOptions options, Device? device = null, Action<string>? log = null, TimeProvider? time = null)
    {
        (_pair, _labels, _real, _perceptual, _perceptualFile, _options) = (pair, labels, real, perceptual, perceptualFile, options.Validate());
        (_device, _log, _time) = (device ?? CPU, log, time ?? TimeProvider.System);
        if (labels.Items.Count < Fewest) throw new HandsOffException($"{labels.FolderPath}: {labels.Items.Count} labelled photographs; {Fewest} or more are needed to learn, choose and measure");
    }

    /// <summary>Measures everything and writes report.html, report.json and the pictures' files to a folder.</summary>
    /// <param name="folder">Created; a report there is replaced. What is done is kept in <c>work/</c>: the same call goes on after a stop.</param>
    /// <param name="squeeze">LPIPS SqueezeNet weights, for the diversity figures (left out when null) and a pretrained downstream network.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="HandsOffException">A pretrained network without weights; a rate that diverges.</exception>
    public DatasetReport Run(string folder, string? squeeze, CancellationToken cancel = default)
    {
        string name = _options.Network ?? (squeeze is null ? "deeplab" : "unet-pretrained");
        if (DenseNetworkConfig.Parse(name).Pretrained && squeeze is null) throw new HandsOffException($"network {name}: the SqueezeNet weights are missing; 'handsoff lpips install --from FOLDER', --lpips, or a network from scratch (unet, deeplab) would be right");
        long began = _time.GetTimestamp();
        using var cache = new StageCache(Path.Combine(folder, "work"), _time, _log, "report", "--out");
        using var features = squeeze is null ? null : SqueezeNetFeatures.Load(squeeze, _device);
        string[] ids = Shuffled();
        int learn = ids.Length / 2, choose = Math.Max(2, ids.Length / 5);
        using var learned = Part(ids[..learn]);
        using var validated = Part(ids[learn..(learn + choose)]);
        using var measured = Part(ids[(learn + choose)..]);

        _log?.Invoke($"{_options.Samples} samples of {_pair.Name}");
        var options = new DatasetOptions { Seed = _options.Seed, Truncation = _options.Truncation, Keep = _options.Keep };
        var drawn = DatasetDraw.Stage(cache, () => _pair, _pair.Digest, _device, options, _options.Samples, cancel);
        var draw = NetworkStages.Read<DrawFigures>(drawn.PathOf(DatasetDraw.FiguresFile));
        var inverted = Invert(cache, ids[(learn + choose)..], measured.Digest(), cancel);
        var (labels, curve) = Labels(inverted, cancel);
        var inversion = InversionReport.Read(inverted.PathOf(Inverter.ReportFile));

        var schema = Schema;
        var config = DenseNetworkConfig.Of(name, schema, _options.Channels, _pair.Manifest.Generator.Width, _pair.Manifest.Generator.Height);
        var networks = new NetworkTraining(cache, squeeze, _device, _time, cancel);
        var (photographs, chooses) = (Source(learned, ids[..learn]), Source(validated, ids[learn..(learn + choose)]));
        (EvaluationReport Report, PhotographCounts[] Counts) Train(SetSource train, SetSource? second)
        {
            var stage = networks.Train(config, _options.Training with { Seed = _options.Seed }, train, second, chooses);
            using var network = networks.Open(stage);
            return (DenseEvaluation.Run(network, measured, cancel: cancel), PhotographCounts.Of(network, measured, cancel));
        }

        _log?.Invoke($"network without the dataset: {learned.Count} photographs");
        var (without, countsWithout) = Train(photographs, null);
        _log?.Invoke($"network with it: {draw.Samples} samples and the photographs");
        var (with, countsWith) = Train(SetSource.Of(drawn), photographs);
        using var dataset = DenseSet.Load(drawn.PathOf(DatasetDraw.SetFile)); // after the trainings, which hold it themselves
        var report = new DatasetReport
        {
            Pair = _pair.Name,
            PairDigest = _pair.Digest,
            Learned = learned.Count,
            Validated = validated.Count,
            Measured = measured.Count,
            Samples = draw.Samples,
            Draws = draw.Draws,
            Network = name,
            Steps = _options.Training.Steps,
            Batch = _options.Training.Batch,
            LearningRate = _options.Training.LearningRate,
            Without = without,
            With = with,
            Gain = DenseEvaluation.Choice(with, schema) - DenseEvaluation.Choice(without, schema),
            Interval = GainInterval.Of(measured.Count, chosen => PhotographCounts.Choice(countsWith, chosen, schema) - PhotographCounts.Choice(countsWithout, chosen, schema), _options.Seed),
            InversionDistance = inversion.MeanLpips,
            InversionError = inversion.MeanMse,
            InversionAccepted = (double)inversion.Accepted / inversion.Images.Count,
            Measure = inversion.Measure,
            Labels = labels,
            Uncertainty = curve,
            Diversity = features is null ? null : Diversity(dataset, features),
            RealShares = Shares(learned, validated, measured),
            GeneratedShares = Shares(dataset),
            Machine = MachineInfo.Here(_device),
            Seconds = Math.Round(_time.GetElapsedTime(began).TotalSeconds, 1),
        };
        NetworkStages.Write(Path.Combine(folder, "report.json"), report);
        ReportPage.Write(report, dataset, inverted.PathOf(Inverter.SheetFile), folder);
        return report;
    }

    private string[] Shuffled()
    {
        string[] ids = [.. _labels.Items.Select(i => i.Id)];
        var random = new SplitMix(SplitMix.Key(_options.Seed, 0x5917, 0));
        for (int i = ids.Length - 1; i > 0; i--)
        {
            int j = random.Below(i + 1);
            (ids[i], ids[j]) = (ids[j], ids[i]);
        }

        return ids;
    }

    private DenseSet Part(string[] ids) => DenseSet.Of(_labels, _pair.Manifest.Generator.Width, _pair.Manifest.Generator.Height, ids.ToHashSet(StringComparer.Ordinal));

    private SetSource Source(DenseSet part, string[] ids) => new(part.Digest(), () => Part(ids));

    private Stage Invert(StageCache cache, string[] ids, string digest, CancellationToken cancel)
    {
        var options = new LatentOptimizerOptions { Steps = _options.InversionSteps };
        var inputs = new { Device = _device.type.ToString(), Pair = _pair.Digest, Photographs = digest, options, _perceptual.Name, Weights = ContentDigest.OfPath(_perceptualFile) };
        return cache.Get("inversion", 1, inputs, target =>
        {
            string images = Path.Combine(target, "photographs");
            Directory.CreateDirectory(images);
            var wanted = ids.ToHashSet(StringComparer.Ordinal);
            foreach (var item in _labels.Items.Where(i => wanted.Contains(i.Id))) File.Copy(item.ImagePath, Path.Combine(images, Path.GetFileName(item.ImagePath)));
            using var generator = _pair.LoadGenerator(_device);
            using var encoder = _pair.PathOf(PairManifest.EncoderFile) is { } file ? Encoder.Load(file, generator, _device) : null;
            Inverter.Run(generator, encoder, _perceptual, Inverter.Open(images, generator.Config, cancel), options, null, target, cache.ProgressOfLoss(), _time, cancel);
            Directory.Delete(images, recursive: true);
        });
    }

    /// <summary>What the labeler makes of the inverted photographs.</summary>
    private (EvaluationReport Labels, UncertaintyCurve? Curve) Labels(Stage inverted, CancellationToken cancel)
    {
        using var generator = _pair.LoadGenerator(_device);
        using var state = _pair.LoadLabeler();
        using var labeler = new Labeler(state, _device);
        var photographs = InvertedFolder.Load(inverted.Folder, _labels, generator.Config, rejectedToo: true, fewest: 1);
        try
        {
            var scored = LabelerEvaluation.Run(generator, labeler, photographs, _device, cancel: cancel);
            return (scored, LabelerUncertainty.Curve(generator, labeler, photographs));
        }
        finally
        {
            foreach (var photograph in photographs) photograph.Dispose();
        }
    }

    /// <summary>What the networks predict: labels that pair and photographs both have.</summary>
    private LabelSchema Schema => DenseSet.Restrict(_pair.Manifest.Schema, _pair.Manifest.Schema.Kinds & _labels.Schema.Kinds);

    private DiversityFigures Diversity(DenseSet dataset, SqueezeNetFeatures features)
    {
        _log?.Invoke("features of both");
        int real = Math.Min(_real.Count, _options.Compared), generated = Math.Min(dataset.Count, _options.Compared);
        using var scope = NewDisposeScope();
        Tensor Vectors(int count, Func<int, int, Tensor> batch)
        {
            var parts = new List<Tensor>();
            for (int at = 0; at < count; at += 32)
            {
                using var images = batch(at, Math.Min(32, count - at));
                parts.Add(features.Of(images).cpu());
            }

            return cat(parts, 0);
        }

        return DiversityFigures.Of(
            Vectors(real, (at, n) => _real.Batch([.. Enumerable.Range(at, n)])),
            Vectors(generated, (at, n) => dataset.Floats(at, n)));
    }

    private static Dictionary<string, double> Shares(params DenseSet[] sets)
    {
        var schema = sets[0].Schema;
        var counts = new long[schema.Classes.Count];
        foreach (var set in sets)
        {
            long[] own = set.ClassPixels();
            for (int i = 0; i < own.Length; i++) counts[i] += own[i];
        }

        double total = Math.Max(1, counts.Sum());
        return schema.Classes.Select((c, i) => (c.Name, counts[i] / total)).ToDictionary();
    }
}
