using System.CommandLine;
using HandsOff.Client.Generating;
using HandsOff.Client.Settings;
using HandsOff.Core;

namespace HandsOff.Client.Commands;

/// <summary><c>handsoff generate</c>: the main job. A dataset from a pair, on this machine, resumable.</summary>
internal static class GenerateCommand
{
    private const string Section = "Generate";

    public static Command Create()
    {
        var request = new RequestArguments();
        var output = new Option<string?>("--out") { Description = "The dataset's folder, or az:CONTAINER/PREFIX" };
        var devices = RunOptionsParser.Devices();
        var threads = RunOptionsParser.Threads();
        var precision = RunOptionsParser.Precision();
        var json = RunOptionsParser.Json();
        var verbose = RunOptionsParser.Verbose();
        var command = new Command("generate", "Make a labelled dataset with a pair; the same command goes on where it was stopped.");
        request.AddTo(command);
        foreach (Option option in new Option[] { output, devices, threads, precision, json, verbose }) command.Add(option);
        command.SetAction((parse, cancel) =>
        {
            var settings = ClientSettings.Load();
            var asked = request.Parse(parse, settings, Section);
            var generate = new GenerateOptions
            {
                Pair = asked.Pair,
                Samples = asked.Samples,
                Out = parse.GetValue(output) ?? settings.Of(Section, output.Name) ?? throw HandsOffException.Usage($"generate: {output.Name} is needed; {output.Description}"),
                Dataset = asked.Options,
                Labels = asked.Labels,
                Run = RunOptionsParser.Parse(parse, settings, Section, devices, threads, json, verbose, precision),
            };
            return new GenerateJob(generate, TimeProvider.System).RunAsync(cancel);
        });
        return command;
    }
}
