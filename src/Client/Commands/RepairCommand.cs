using System.CommandLine;
using HandsOff.Core.Datasets;

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
            var state = await dataset.OpenAsync(parse, cancel);
            DeviceThread? device = null;
            try
            {
                var report = await DatasetRepairer.RunAsync(
                    state.Store,
                    async (_, ct) =>
                    {
                        var engine = await dataset.OpenEngineAsync(parse, state, ct);
                        device = await DeviceThread.StartAsync(() => engine);
                        return new ShardPipeline(device, new ShardPipelineOptions(), TimeProvider.System);
                    },
                    $"{Environment.MachineName}/repair", null, cancel);
                if (parse.GetValue(dataset.Json)) JsonOutput.Print(report);
                else Print(report, state);
                return 0;
            }
            finally
            {
                if (device is not null) await device.DisposeAsync();
            }
        });
        return command;
    }

    private static void Print(RepairReport report, DatasetState state)
    {
        foreach (var fault in report.Found) Console.WriteLine(fault.Shard is { } shard ? $"shard {shard}: {fault.What}" : fault.What);
        Console.WriteLine(report.Found.Count == 0 ? $"{state.Store.Description}: nothing to repair" : $"{state.Store.Description}: {report.Remade.Count} shards made again");
        if (report.Changed.Count > 0) Console.WriteLine($"shards {string.Join(", ", report.Changed)} have other bytes than before (another kernel class made them); the manifest says so");
        if (!state.IsFinished) Console.WriteLine("the dataset is unfinished: run its generate command again");
    }
}
