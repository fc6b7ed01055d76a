using System.CommandLine;
using HandsOff.Core.Datasets;
using HandsOff.Core.Datasets.Checking;

namespace HandsOff.Client.Commands;

/// <summary><c>handsoff repair</c>: makes missing and damaged shards again.</summary>
internal static class RepairCommand
{
    public static Command Create()
    {
        var dataset = new DatasetArgument();
        var command = new Command("repair", "Make a dataset's missing and damaged shards again. Nobody else may be making it.") { dataset.Json };
        dataset.AddTo(command, pair: true);
        command.SetAction(async (parse, cancel) =>
        {
            var onCluster = await dataset.ConnectAsync(parse, cancel);
            await using var client = onCluster?.Client;
            var state = await dataset.OpenAsync(parse, cancel);
            bool json = parse.GetValue(dataset.Json);
            var report = await new CrewView(json, TimeProvider.System).ShowAsync(progress => client is null
                ? HereAsync(dataset, parse, state, progress, cancel)
                : client.RepairAsync(onCluster!.Value.Name, progress, cancel));
            if (json) JsonOutput.Print(report);
            else Print(report, state, client is not null);
            return 0;
        });
        return command;
    }

    private static async Task<RepairReport> HereAsync(DatasetArgument dataset, ParseResult parse, DatasetState state, Action<CrewProgress>? progress, CancellationToken cancel)
    {
        DeviceThread? device = null;
        try
        {
            return await DatasetRepairer.RunAsync(
                state.Store,
                async (_, ct) =>
                {
                    var engine = await dataset.OpenEngineAsync(parse, state, ct);
                    device = await DeviceThread.StartAsync(() => engine);
                    return new ShardPipeline(device, new ShardPipelineOptions(), TimeProvider.System);
                },
                $"{Environment.MachineName}/repair", progress, cancel);
        }
        finally
        {
            if (device is not null) await device.DisposeAsync();
        }
    }

    private static void Print(RepairReport report, DatasetState state, bool onCluster)
    {
        foreach (var fault in report.Found) Console.WriteLine(fault.Shard is { } shard ? $"shard {shard}: {fault.What}" : fault.What);
        Console.WriteLine(report.Found.Count == 0 ? $"{state.Store.Description}: nothing to repair" : $"{state.Store.Description}: {report.Remade.Count} shards made again");
        if (report.Changed.Count > 0) Console.WriteLine($"shards {string.Join(", ", report.Changed)} have other bytes than before (another kernel class made them); the manifest says so");
        if (!state.IsFinished) Console.WriteLine($"the dataset is unfinished: {(onCluster ? "handsoff resume goes on with it" : "run its generate command again")}");
    }
}
