using System.CommandLine;
using HandsOff.Client.Generating;
using HandsOff.Client.Settings;
using HandsOff.Core.Datasets;

namespace HandsOff.Client.Commands;

/// <summary><c>handsoff extend</c>: more samples for an existing dataset; only the new shards are made. A folder's here, a name's by the cluster.</summary>
internal static class ExtendCommand
{
    public static Command Create()
    {
        var dataset = new Argument<string>("dataset") { Description = "The dataset's folder, az:CONTAINER/PREFIX, or its name in the cluster's store" };
        var samples = new Option<string>("--samples") { Description = "How many samples it shall have in all", Required = true };
        var pair = new Option<string?>("--pair") { Description = "Folder of the pair it was made with (the one of that name under models/)" };
        var devices = RunOptionsParser.Devices();
        var threads = RunOptionsParser.Threads();
        var json = RunOptionsParser.Json();
        var verbose = RunOptionsParser.Verbose();
        var cluster = new ClusterArguments();
        var command = new Command("extend", "Make a dataset larger: its samples stay as they are, only new shards are made.")
        {
            dataset, samples, pair, devices, threads, json, verbose,
        };
        cluster.AddTo(command);
        command.SetAction(async (parse, cancel) =>
        {
            var settings = ClientSettings.Load();
            var run = RunOptionsParser.Parse(parse, settings, "Extend", devices, threads, json, verbose);
            long count = DatasetOptions.ParseSamples(parse.GetRequiredValue(samples));
            string place = parse.GetRequiredValue(dataset);
            if (cluster.NameIn(parse, settings, place) is not { } name) return await new ExtendJob(place, count, parse.GetValue(pair), run, TimeProvider.System).RunAsync(cancel);
            await using var client = await cluster.ConnectAsync(parse, cancel);
            var status = await client.ExtendAsync(name, count, cancel);
            if (run.Json) JsonOutput.Print(StatusView.Of(name, status));
            else Console.WriteLine(StatusText.Line(name, status));
            return 0;
        });
        return command;
    }
}
