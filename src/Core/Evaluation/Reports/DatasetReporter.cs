using System.Runtime.InteropServices;
using HandsOff.Core.Datasets;
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
    private readonly DatasetReportOptions _options;
    private readonly Device _device;
    private readonly Action<string>? _log;
    private readonly TimeProvider _time;

    /// <param name="pair">The pair.</param>
    /// <param name="labels">Labelled photographs of its schema.</param>
    /// <param name="real">Photographs to compare the dataset with, of the generator's size.</param>
    /// <param name="perceptual">For the inversion; stays the caller's.</param>
    /// <param name="options">Validated here.</param>
    /// <param name="device">Where to compute; the CPU by default.</param>
    /// <param name="log">Told what is being done.</param>
    /// <param name="time">Clock.</param>
    /// <exception cref="HandsOffException">Too few photographs, or figures out of range.</exception>
    public DatasetReporter(Pair pair, LabeledFolder labels, ImageFolder real, PerceptualLoss perceptual, DatasetReportOptions options, Device? device = null, Action<string>? log = null, TimeProvider? time = null)
    {
        (_pair, _labels, _real, _perceptual, _options) = (pair, labels, real, perceptual, options.Validate());
        (_device, _log, _time) = (device ?? CPU, log, time ?? TimeProvider.System);
        if (labels.Items.Count < Fewest) throw new HandsOffException($"{labels.FolderPath}: {labels.Items.Count} labelled photographs; {Fewest} or more are needed to learn, choose and measure");
    }

    /// <summary>Measures everything and writes report.html, report.json and the pictures' files to a folder.</summary>
    /// <param name="folder">Created; a report there is replaced.</param>
    /// <param name="squeeze">LPIPS SqueezeNet weights, for the diversity figures (left out when null) and a pretrained downstream network.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="HandsOffException">A pretrained network without weights; a rate that diverges.</exception>
    public DatasetReport Run(string folder, string? squeeze, CancellationToken cancel = default)
    {
        string name = _options.Network ?? (squeeze is null ? "deeplab" : "unet-pretrained");
        if (DenseNetworkConfig.Parse(name).Pretrained && squeeze is null) throw new HandsOffException($"network {name}: the SqueezeNet weights are missing; 'handsoff lpips install --from FOLDER', --lpips, or a network from scratch (unet, deeplab) would be right");
        long began = _time.GetTimestamp();
        using var features = squeeze is null ? null : SqueezeNetFeatures.Load(squeeze, _device);
        Directory.CreateDirectory(folder);
        var size = _pair.Manifest.Generator;
        string[] ids = Shuffled();
        int learn = ids.Length / 2, choose = Math.Max(2, ids.Length / 5);
        DenseSet Part(IEnumerable<string> part) => DenseSet.Of(_labels, size.Width, size.Height, part.ToHashSet(StringComparer.Ordinal));
        using var learned = Part(ids[..learn]);
        using var validated = Part(ids[learn..(learn + choose)]);
        using var measured = Part(ids[(learn + choose)..]);

        _log?.Invoke($"{_options.Samples} samples of {_pair.Name}");
        var (dataset, draw) = Draw(cancel);
        using var drawn = dataset;
        var (labels, curve, inversion) = Labels(ids[(learn + choose)..], folder, cancel);
        _log?.Invoke($"network without the dataset: {learned.Count} photographs");
        var (without, countsWithout) = Train(name, squeeze, learned, null, validated, measured, cancel);
        _log?.Invoke($"network with it: {dataset.Count} samples and the photographs");
        var (with, countsWith) = Train(name, squeeze, dataset, learned, validated, measured, cancel);
        var schema = Schema;
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
        ReportPage.Write(report, dataset, folder);
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

    private (DenseSet Set, DrawFigures Figures) Draw(CancellationToken cancel)
    {
        using var engine = PairEngine.Open(_pair, _device);
        var options = new DatasetOptions { Seed = _options.Seed, Truncation = _options.Truncation, Keep = _options.Keep };
        return DatasetDraw.Of(engine, PairRequests.Create(_pair, options, _options.Samples), _options.Samples, cancel);
    }

    /// <summary>Inverts the measured photographs and lets the labeler label what was remade.</summary>
    private (EvaluationReport Labels, UncertaintyCurve? Curve, InversionReport Inversion) Labels(string[] ids, string folder, CancellationToken cancel)
    {
        _log?.Invoke($"inverting {ids.Length} photographs");
        string images = Path.Combine(folder, "photographs"), inverted = Path.Combine(folder, "inversion");
        if (Directory.Exists(images)) Directory.Delete(images, recursive: true);
        Directory.CreateDirectory(images);
        var wanted = ids.ToHashSet(StringComparer.Ordinal);
        foreach (var item in _labels.Items.Where(i => wanted.Contains(i.Id))) File.Copy(item.ImagePath, Path.Combine(images, Path.GetFileName(item.ImagePath)));
        using var generator = _pair.LoadGenerator(_device);
        using var encoder = _pair.PathOf("encoder.safetensors") is { } file ? Encoder.Load(file, generator, _device) : null;
        var options = new LatentOptimizerOptions { Steps = _options.InversionSteps };
        var report = Inverter.Run(generator, encoder, _perceptual, Inverter.Open(images, generator.Config, cancel), options, null, inverted, time: _time, cancel: cancel);
        Directory.Delete(images, recursive: true);

        using var state = _pair.LoadLabeler();
        using var labeler = new Labeler(state, _device);
        var photographs = InvertedFolder.Load(inverted, _labels, generator.Config, rejectedToo: true, fewest: 1);
        try
        {
            var scored = LabelerEvaluation.Run(generator, labeler, photographs, _device, cancel: cancel);
            return (scored, Curve(generator, labeler, photographs), report);
        }
        finally
        {
            foreach (var photograph in photographs) photograph.Dispose();
        }
    }

    private static UncertaintyCurve? Curve(StyleGan2.Generator generator, Labeler labeler, IReadOnlyList<InvertedPhotograph> photographs)
    {
        var heads = labeler.Config.Heads.Select((h, i) => (h.Kind, Index: i)).ToDictionary(h => h.Kind, h => h.Index);
        bool classes = heads.ContainsKey(LabelKinds.Segmentation) && photographs[0].Labels.Mask is not null;
        if (!classes && !(heads.ContainsKey(LabelKinds.Depth) && photographs[0].Labels.Depth is not null)) return null;
        var pixels = new List<(float, float)>();
        using var noGrad = no_grad();
        foreach (var photograph in photographs)
        {
            using var scope = NewDisposeScope();
            var taps = new List<Tensor>();
            generator.Synthesize(photograph.Latents.unsqueeze(0).to(generator.WAverage.device), NoiseMode.Const, null, taps);
            using var labels = labeler.Label(taps);
            var truth = PhotographLabels.Of(photograph.Labels, labeler.Config.Width, labeler.Config.Height);
            float[] uncertainty = labels.Uncertainty.select(1, heads[classes ? LabelKinds.Segmentation : LabelKinds.Depth]).cpu().contiguous().data<float>().ToArray();
            byte[] mask = classes ? labels.Mask!.cpu().contiguous().bytes.ToArray() : [];
            int[] depth = classes ? [] : MemoryMarshal.Cast<byte, int>(labels.Depth!.cpu().contiguous().bytes).ToArray();
            for (int i = 0; i < uncertainty.Length; i++)
            {
                if (classes && truth.Mask![i] != 255) pixels.Add((uncertainty[i], mask[i] == truth.Mask[i] ? 0 : 1));
                else if (!classes && truth.Depth![i] > 0) pixels.Add((uncertainty[i], Math.Abs(depth[i] / (float)labeler.Config.Schema.Depth!.Scale - truth.Depth[i])));
            }
        }

        return UncertaintyCurve.Of(classes ? "wrong pixels" : "depth error", pixels);
    }

    /// <summary>What the networks predict: labels that pair and photographs both have.</summary>
    private LabelSchema Schema => DenseSet.Restrict(_pair.Manifest.Schema, _pair.Manifest.Schema.Kinds & _labels.Schema.Kinds);

    private (EvaluationReport Report, PhotographCounts[] Counts) Train(string name, string? weights, DenseSet train, DenseSet? second, DenseSet validated, DenseSet measured, CancellationToken cancel)
    {
        var (architecture, pretrained) = DenseNetworkConfig.Parse(name);
        var config = new DenseNetworkConfig
        {
            Architecture = architecture,
            Pretrained = pretrained,
            Channels = _options.Channels,
            Schema = Schema,
            KeypointSigma = Math.Max(1, Math.Min(train.Width, train.Height) / 40.0),
        };
        var options = _options.Training with { Seed = _options.Seed };
        using var network = new DenseNetwork(config, _options.Seed, weights, _device);
        using (var trainer = new DenseTrainer(network, train, second, validated, options)) trainer.Run(cancel: cancel);
        return (DenseEvaluation.Run(network, measured, cancel: cancel), PhotographCounts.Of(network, measured, cancel));
    }

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
