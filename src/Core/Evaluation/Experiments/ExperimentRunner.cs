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
    /// <exception cref="HandsOffException">Something of the protocol is not there or does not fit.</exception>
    public static (ExperimentRecord Record, IReadOnlyList<string> Failures) Run(
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
        var sources = new ExperimentSources(context, new MethodStages(context), new AnnotatorStages(context, networks));

        var trained = new List<(ExperimentCell Cell, Stage Network)>();
        foreach (var (variant, settings) in protocol.Rows(protocol.Name))
            foreach (var system in protocol.Systems)
                foreach (string network in system == ExperimentSystem.Transfer ? protocol.TransferNetworks : protocol.Networks)
                    trained.AddRange(Cells(variant, settings, system, network));

        // Nothing is chosen any more.
        var failures = new List<string>();
        var cells = new List<ExperimentCell>();
        double seconds = 0;
        var counted = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (cell, network) in trained)
        {
            cancel.ThrowIfCancellationRequested();
            var (test, stage) = networks.Test(network);
            cells.Add(cell with { Test = test });
            failures.Add(stage.PathOf(NetworkStages.FailuresFile));
            foreach (var (name, took) in cell.Seconds)
                if (counted.Add(cell.Stages[name])) seconds += took;
            log?.Invoke($"test: {Name(cell)}: {Words(test)}");
        }

        var record = new ExperimentRecord
        {
            Protocol = protocol,
            Generator = context.Generator,
            Machine = MachineInfo.Here(device),
            Finished = time.GetUtcNow(),
            Seconds = Math.Round(seconds, 1),
            Cells = cells,
        };
        return (record, failures);

        IEnumerable<(ExperimentCell, Stage)> Cells(string variant, ExperimentSettings settings, ExperimentSystem system, string network)
        {
            int[] counts = ExperimentSources.UsesPhotographs(system) ? [.. protocol.Labelled] : [protocol.Labelled.Max()];
            double rate = Rate(settings, system, network, counts.Max());
            foreach (int labelled in counts)
                foreach (ulong seed in protocol.Seeds)
                {
                    var source = sources.Of(system, settings, labelled, seed);
                    var stage = networks.Train(settings, network, settings.Training with { LearningRate = rate, Seed = seed }, source.Set, source.Second);
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
                    log?.Invoke($"validation: {Name(cell)}: {Words(report.Validation)}");
                    yield return (cell, stage);
                }
        }

        // The search: each rate once, with the first seed and the most photographs.
        double Rate(ExperimentSettings settings, ExperimentSystem system, string network, int labelled)
        {
            if (settings.LearningRates.Count == 1) return settings.LearningRates[0];
            var source = sources.Of(system, settings, labelled, protocol.Seeds[0]);
            return settings.LearningRates
                .Select(rate => (rate, NetworkStages.Report(networks.Train(settings, network, settings.Training with { LearningRate = rate, Seed = protocol.Seeds[0] }, source.Set, source.Second)).Choice))
                .MaxBy(r => r.Choice).rate;
        }
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
