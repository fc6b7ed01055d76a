using System.CommandLine;
using System.Globalization;
using HandsOff.Core;
using HandsOff.Core.Datasets;

namespace HandsOff.Client.Commands;

/// <summary><c>handsoff verify</c>: reads a dataset back, and makes a share of it again.</summary>
internal static class VerifyCommand
{
    private const int FaultsShown = 50;

    public static Command Create()
    {
        var dataset = new DatasetArgument();
        var share = new Option<double>("--regenerate") { Description = "Share of the samples to make again and compare, 0 to 1" };
        var seed = new Option<string>("--choice-seed") { Description = "Chooses which samples are made again", DefaultValueFactory = _ => "0" };
        var command = new Command("verify", "Check a dataset: sizes, digests, plan; with --regenerate also that its samples can be made again.") { share, seed, dataset.Json };
        dataset.AddTo(command, pair: true);
        command.SetAction(async (parse, cancel) =>
        {
            double wanted = parse.GetValue(share);
            if (wanted is not (>= 0 and <= 1)) throw HandsOffException.Usage($"--regenerate {wanted.ToString(CultureInfo.InvariantCulture)}: should be 0 to 1");
            ulong choice = DatasetOptions.ParseSeed(parse.GetValue(seed)!);
            var onCluster = await dataset.ConnectAsync(parse, cancel);
            await using var client = onCluster?.Client;
            var state = await dataset.OpenAsync(parse, cancel);
            using var engine = wanted > 0 && client is null ? await dataset.OpenEngineAsync(parse, state, cancel) : null;
            bool json = parse.GetValue(dataset.Json);
            var report = await new CrewView(json, TimeProvider.System).ShowAsync(progress => client is null
                ? DatasetVerifier.RunAsync(state.Store, engine, wanted, choice, progress, cancel)
                : client.VerifyAsync(onCluster!.Value.Name, wanted, choice, progress, cancel));
            if (json) JsonOutput.Print(report);
            else Print(report, state);
            return report.IsSound ? 0 : HandsOffException.Failed;
        });
        return command;
    }

    private static void Print(VerifyReport report, DatasetState state)
    {
        foreach (var fault in report.Faults.Take(FaultsShown)) Console.WriteLine(fault.Shard is { } shard ? $"shard {shard}: {fault.What}" : fault.What);
        if (report.Faults.Count > FaultsShown) Console.WriteLine($"and {report.Faults.Count - FaultsShown} more");
        Console.WriteLine($"{report.Dataset}: {report.Samples} samples in {report.Shards} shards, {report.Bytes / 1e6:F1} MB read back{(report.Finished ? "" : $"; unfinished, {state.Samples} were asked for")}");
        if (report.Regenerated > 0)
            Console.WriteLine($"{report.Regenerated} samples made again: {report.Identical} equal to the bit{(report.AcrossKernelClasses ? ", the others compared with tolerance (another kernel class)" : "")}");
        Console.WriteLine(report.IsSound ? "no fault" : $"{report.Faults.Count} faults; handsoff repair mends shards");
    }
}
