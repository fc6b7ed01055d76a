using HandsOff.Core.Evaluation.Downstream;
using HandsOff.Core.Pairs;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Core.Evaluation.Experiments;

/// <summary>
/// Runs a protocol: every system, number of photographs, seed and network. All choices are made on the validation split;
/// when the last one is made, each network is scored on the test split once. Stages are cached by what goes into them, so a
/// run that was stopped goes on, and protocols that share stages share their results.
/// </summary>
public static class ExperimentRunner
{
    /// <summary>Runs a protocol to the end.</summary>
    /// <param name="protocol">What to compare.</param>
    /// <param name="work">Folder of the stages; several protocols may share it.</param>
    /// <param name="lpips">LPIPS weights, a file or folder; null for the installed ones.</param>
    /// <param name="device">Where to compute; the CPU by default.</param>
    /// <param name="log">Told what is being done, line by line.</param>
    /// <param name="time">Clock.</param>
    /// <param name="cancel">Stops; finished stages stay.</param>
    /// <returns>The record, and the picture of the images that HandsOff's best network does worst on (null where there is none).</returns>
    /// <exception cref="HandsOffException">Something of the protocol is not there or does not fit.</exception>
    public static (ExperimentRecord Record, string? Failures) Run(
        Protocol protocol, string work, string? lpips = null, Device? device = null, Action<string>? log = null, TimeProvider? time = null, CancellationToken cancel = default)
    {
        time ??= TimeProvider.System;
        device ??= CPU;
        protocol.Validate(protocol.Name);
        var pair = Pair.Load(protocol.Pair);
        using var cache = new StageCache(work, time, log);
        var data = new ExperimentData(cache, protocol.Domain, pair.Manifest.Generator, cancel);
        var context = new ExperimentContext(cache, data, protocol, pair, lpips, device, time, cancel);
        var networks = new NetworkStages(context);
        var annotator = new AnnotatorStages(context, networks);
        var sources = new ExperimentSources(context, new MethodStages(context), annotator, networks);

        var trained = new List<(ExperimentCell Cell, Stage Network)>();
        int all = protocol.Rows(protocol.Name).Count * protocol.Systems.Sum(s => NetworksOf(s).Count * CountsOf(s).Length * protocol.Seeds.Count), done = 0;
        foreach (var (variant, settings) in protocol.Rows(protocol.Name))
            foreach (var system in protocol.Systems)
                foreach (string network in NetworksOf(system))
                    trained.AddRange(Cells(variant, settings, system, network));

        var annotators = new List<AnnotatorScore>();
        if (protocol.Systems.Any(ExperimentSources.UsesAnnotator))
            foreach (var (variant, settings) in protocol.Rows(protocol.Name))
                if (annotators.All(a => a.Stage != annotator.Annotator(settings).Digest)) annotators.Add(annotator.Score(variant, settings));

        // Nothing is chosen any more.
        var cells = new List<ExperimentCell>();
        foreach (var (cell, network) in trained)
        {
            cancel.ThrowIfCancellationRequested();
            var test = protocol.ScoreTest ? networks.Test(network) : null;
            cells.Add(cell with { Test = test });
            if (test is not null) log?.Invoke($"test: {Name(cell)}: {Words(test)}");
        }

        var (shown, worst) = Shown(trained);
        string? failures = networks.Failures(worst, protocol.ScoreTest ? data.Test() : data.Validation());
        var times = cache.Times;
        var record = new ExperimentRecord
        {
            Protocol = protocol,
            Generator = context.Generator,
            Machine = MachineInfo.Here(device),
            Finished = time.GetUtcNow(),
            Seconds = Math.Round(times.Values.Sum(t => t.Seconds), 1),
            Stages = times,
            Annotators = annotators,
            Failures = failures is null ? null : Name(shown),
            Cells = cells,
        };
        return (record, failures);

        IReadOnlyList<string> NetworksOf(ExperimentSystem system) => system == ExperimentSystem.Transfer ? protocol.TransferNetworks : protocol.Networks;
        int[] CountsOf(ExperimentSystem system) => ExperimentSources.UsesPhotographs(system) ? [.. protocol.Labelled] : [protocol.Labelled.Max()];

        IEnumerable<(ExperimentCell, Stage)> Cells(string variant, ExperimentSettings settings, ExperimentSystem system, string network)
        {
            int[] counts = CountsOf(system);
            double rate = Rate(settings, system, network, counts.Max());
            foreach (int labelled in counts)
                foreach (ulong seed in protocol.Seeds)
                {
                    var (source, stage) = Train(settings, system, network, labelled, seed, rate);
                    source.Stages["network"] = stage;
                    var report = NetworkStages.Report(stage);
                    var cell = new ExperimentCell
                    {
                        Variant = variant,
                        System = system,
                        Labelled = source.Labelled,
                        Seed = seed,
                        Network = network,
                        LearningRate = rate,
                        BestStep = report.BestStep,
                        Validation = report.Validation,
                        Figures = source.Figures,
                        Stages = source.Stages.ToDictionary(s => s.Key, s => s.Value.Digest),
                        Seconds = source.Stages.ToDictionary(s => s.Key, s => s.Value.Seconds),
                    };
                    log?.Invoke($"validation: {Name(cell)}: {Words(report.Validation)} ({++done} of {all})");
                    yield return (cell, stage);
                }
        }

        // The search: each rate once, with the first seed and the most photographs.
        double Rate(ExperimentSettings settings, ExperimentSystem system, string network, int labelled)
        {
            if (settings.LearningRates.Count == 1) return settings.LearningRates[0];
            return RateSearch.Best(
                settings.LearningRates, rate => NetworkStages.Report(Train(settings, system, network, labelled, protocol.Seeds[0], rate).Network).Choice,
                $"{ExperimentGroup.Spelt(system)}, {network}", log);
        }

        (TrainingSource Source, Stage Network) Train(ExperimentSettings settings, ExperimentSystem system, string network, int labelled, ulong seed, double rate)
        {
            Stage On(TrainingSource from) =>
                networks.Train(settings, network, settings.Training with { LearningRate = rate, Seed = seed + from.SeedOffset }, from.Set, from.Second, from.Start);
            var source = sources.Of(system, settings, labelled, seed, On);
            return (source, On(source));
        }
    }

    /// <summary>Whose failures are drawn: of HandsOff's networks (else the first system's) with the most labelled images the one that is best on validation.</summary>
    private static (ExperimentCell Cell, Stage Network) Shown(List<(ExperimentCell Cell, Stage Network)> trained)
    {
        var own = trained.Where(t => t.Cell.System is ExperimentSystem.HandsOff or ExperimentSystem.HandsOffAndPhotographs or ExperimentSystem.Refined).ToList();
        if (own.Count == 0) own = [.. trained.Where(t => t.Cell.System == trained[0].Cell.System)];
        int most = own.Max(t => t.Cell.Labelled);
        return own.Where(t => t.Cell.Labelled == most).MaxBy(t => NetworkStages.Report(t.Network).Choice);
    }

    private static string Name(ExperimentCell c) => $"{(c.Variant.Length > 0 ? c.Variant + ", " : "")}{ExperimentGroup.Spelt(c.System)}, {c.Labelled} labelled, seed {c.Seed}, {c.Network}";

    private static string Words(EvaluationReport r)
    {
        var words = new List<string>();
        if (r.MeanIou is { } iou) words.Add($"mIoU {iou:0.0000}");
        if (r.Pck is { } pck) words.Add($"PCK {pck:0.0000}");
        if (r.NormalizedMeanError is { } error) words.Add($"error {error:0.0000}");
        if (r.DepthRmse is { } rmse) words.Add($"depth RMSE {rmse:0.0000}");
        return string.Join(", ", words);
    }
}
