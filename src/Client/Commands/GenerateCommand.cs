using System.CommandLine;
using System.Globalization;
using HandsOff.Client.Generating;
using HandsOff.Client.Settings;
using HandsOff.Core;
using HandsOff.Core.Datasets;

namespace HandsOff.Client.Commands;

/// <summary><c>handsoff generate</c>: the main job. A dataset from a pair, on this machine, resumable.</summary>
internal static class GenerateCommand
{
    private const string Section = "Generate";

    public static Command Create()
    {
        var pair = Text("--pair", "Folder of the pair, or the name of one under models/");
        var samples = Text("--samples", "How many samples");
        var seed = Text("--seed", "Seed of the dataset, 0 to 2^64-1 (0)");
        var output = Text("--out", "The dataset's folder, or az:CONTAINER/PREFIX");
        var shardSize = Text("--shard-size", "Samples a shard (by the number of samples: 100 to 10000)");
        var format = Text("--image-format", "png, jpg or webp (png)");
        var truncation = Text("--truncation", "Truncation psi, 0 to 1; less is tamer (1)");
        var cutoff = Text("--truncation-cutoff", "Truncate only the first styles, this many");
        var keep = Text("--keep", "Share of samples kept by the uncertainty cut, above 0 to 1 (1)");
        var labels = Text("--labels", "seg,keypoints,depth: those of the pair's labels to write (all)");
        var noise = Text("--noise", "const or seeded (const)");
        var attempts = Text("--max-attempts", "Draws of a sample before it is kept and flagged (16)");
        var devices = RunOptionsParser.Devices();
        var threads = RunOptionsParser.Threads();
        var precision = RunOptionsParser.Precision();
        var json = RunOptionsParser.Json();
        var verbose = RunOptionsParser.Verbose();
        var command = new Command("generate", "Make a labelled dataset with a pair; the same command goes on where it was stopped.")
        {
            pair, samples, seed, output, shardSize, format, truncation, cutoff, keep, labels, noise, attempts, devices, threads, precision, json, verbose,
        };
        command.SetAction((parse, cancel) =>
        {
            var settings = ClientSettings.Load();
            string? Value(Option<string?> option) => parse.GetValue(option) ?? settings.Of(Section, option.Name);
            string Needed(Option<string?> option) => Value(option) ?? throw HandsOffException.Usage($"generate: {option.Name} is needed; {option.Description}");

            var options = new DatasetOptions();
            options = new DatasetOptions
            {
                Seed = Value(seed) is { } s ? DatasetOptions.ParseSeed(s) : options.Seed,
                ShardSize = Value(shardSize) is { } size ? Whole("shard-size", size, 1) : null,
                ImageFormat = Value(format) is { } f ? DatasetOptions.ParseImageFormat(f) : options.ImageFormat,
                Truncation = Value(truncation) is { } t ? (float)Real("truncation", t, 0, 1) : options.Truncation,
                TruncationCutoff = Value(cutoff) is { } c ? Whole("truncation-cutoff", c, 0) : null,
                Keep = Value(keep) is { } k ? Real("keep", k, 0, 1) : options.Keep,
                Labels = Value(labels) is { } l ? DatasetOptions.ParseLabels(l) : null,
                Noise = Value(noise) is { } n ? DatasetOptions.ParseNoise(n) : options.Noise,
                MaxAttempts = Value(attempts) is { } a ? Whole("max-attempts", a, 1) : options.MaxAttempts,
            };
            var generate = new GenerateOptions
            {
                Pair = Needed(pair),
                Samples = DatasetOptions.ParseSamples(Needed(samples)),
                Out = Needed(output),
                Dataset = options,
                Labels = Value(labels),
                Run = RunOptionsParser.Parse(parse, settings, Section, devices, threads, json, verbose, precision),
            };
            return new GenerateJob(generate, TimeProvider.System).RunAsync(cancel);
        });
        return command;
    }

    private static Option<string?> Text(string name, string description) => new(name) { Description = description };

    private static int Whole(string name, string text, int least) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) && value >= least
            ? value
            : throw HandsOffException.Usage($"{name} '{text}': should be a whole number of {least} or more");

    private static double Real(string name, string text, double least, double most) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value >= least && value <= most
            ? value
            : throw HandsOffException.Usage($"{name} '{text}': should be a number from {least} to {most}");
}
