using System.CommandLine;
using HandsOff.Client.Generating;
using HandsOff.Core.Datasets;
using HandsOff.Core.Datasets.Export;
using HandsOff.Grains.Coordination;

namespace HandsOff.Client.Commands;

/// <summary><c>handsoff export</c>: a dataset, or a part of it, as COCO, Cityscapes-style folders or an image folder.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        var dataset = new DatasetArgument();
        var format = new Option<string>("--format") { Description = "coco, cityscapes or folder", Required = true };
        var output = new Option<string>("--out") { Description = "A new or empty folder; the same command goes on where it was stopped", Required = true };
        var first = new Option<long>("--first") { Description = "The first sample's index" };
        var count = new Option<long?>("--count") { Description = $"How many samples (all, if they are at most {ExportOptions.DefaultMost})" };
        var val = new Option<double>("--val") { Description = "Share of the samples, the last ones, for a split val (0)" };
        var instances = new Option<string>("--instances") { Description = "What is one instance: components (each connected part of a class) or classes", DefaultValueFactory = _ => "components" };
        var minArea = new Option<int>("--min-area") { Description = "Leave out instances of fewer pixels (1)", DefaultValueFactory = _ => 1 };
        var metadata = new Option<string>("--metadata") { Description = "Table of an image folder: jsonl or csv", DefaultValueFactory = _ => "jsonl" };
        var command = new Command("export", "Write a finished dataset, or a part of it, as COCO, Cityscapes-style folders or an image folder.")
        {
            format, output, first, count, val, instances, minArea, metadata, dataset.Json,
        };
        dataset.AddTo(command, pair: false);
        command.SetAction(async (parse, cancel) =>
        {
            var options = new ExportOptions
            {
                Format = ExportOptions.ParseFormat(parse.GetRequiredValue(format)),
                First = parse.GetValue(first),
                Count = parse.GetValue(count),
                Val = parse.GetValue(val),
                Instances = ExportOptions.ParseInstances(parse.GetRequiredValue(instances)),
                MinArea = parse.GetValue(minArea),
                Metadata = ExportOptions.ParseMetadata(parse.GetRequiredValue(metadata)),
            };
            bool json = parse.GetValue(dataset.Json);
            var state = await dataset.OpenAsync(parse, cancel);
            var (shards, samples) = DatasetExporter.Survey(state, options);
            ExportReport? report = null;
            await ProgressViews.For(json, TimeProvider.System).ShowAsync(async show =>
            {
                DatasetStatus Status(DatasetPhase phase, long done, int shardsDone) => new()
                {
                    Dataset = state.Store.Description,
                    Phase = phase,
                    Samples = samples,
                    SamplesCommitted = done,
                    Shards = shards.Count,
                    ShardsCommitted = shardsDone,
                };
                report = await DatasetExporter.RunAsync(state, options, parse.GetRequiredValue(output), (done, shardsDone) => show(Status(DatasetPhase.Running, done, shardsDone)), cancel);
                return Status(DatasetPhase.Complete, samples, shards.Count);
            });
            if (json) JsonOutput.Print(report!);
            else Console.WriteLine($"{report!.Folder}: {report.Samples:N0} samples{(report.WasComplete ? ", complete already" : report.Files.Count > 0 ? $", {string.Join(", ", report.Files)}" : "")}");
            return 0;
        });
        return command;
    }
}
