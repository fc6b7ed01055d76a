using System.CommandLine;
using HandsOff.Client.Generating;
using HandsOff.Client.Settings;
using HandsOff.Core.Datasets;

namespace HandsOff.Client.Commands;

/// <summary><c>handsoff extend</c>: more samples for an existing dataset; only the new shards are made.</summary>
internal static class ExtendCommand
{
    public static Command Create()
    {
        var dataset = new Argument<string>("dataset") { Description = "The dataset's folder, or az:CONTAINER/PREFIX" };
        var samples = new Option<string>("--samples") { Description = "How many samples it shall have in all", Required = true };
        var pair = new Option<string?>("--pair") { Description = "Folder of the pair it was made with (the one of that name under models/)" };
        var devices = RunOptionsParser.Devices();
        var threads = RunOptionsParser.Threads();
        var json = RunOptionsParser.Json();
        var verbose = RunOptionsParser.Verbose();
        var command = new Command("extend", "Make a dataset larger: its samples stay as they are, only new shards are made.")
        {
            dataset, samples, pair, devices, threads, json, verbose,
        };
        command.SetAction((parse, cancel) =>
        {
            var settings = ClientSettings.Load();
            var run = RunOptionsParser.Parse(parse, settings, "Extend", devices, threads, json, verbose);
            long count = DatasetOptions.ParseSamples(parse.GetRequiredValue(samples));
            return new ExtendJob(parse.GetRequiredValue(dataset), count, parse.GetValue(pair), run, TimeProvider.System).RunAsync(cancel);
        });
        return command;
    }
}
