using System.CommandLine;
using System.Globalization;
using HandsOff.Client.Settings;
using HandsOff.Core;
using HandsOff.Core.Datasets;
using Microsoft.Extensions.Configuration;

namespace HandsOff.Client.Commands;

/// <summary>The options that say what a dataset is to hold: the same for every command that asks for one.</summary>
internal sealed class RequestArguments
{
    private readonly Option<string?> _pair = Text("--pair", "Folder of the pair, or the name of one under models/");
    private readonly Option<string?> _samples = Text("--samples", "How many samples");
    private readonly Option<string?> _seed = Text("--seed", "Seed of the dataset, 0 to 2^64-1 (0)");
    private readonly Option<string?> _shardSize = Text("--shard-size", "Samples a shard (by the number of samples: 100 to 10000)");
    private readonly Option<string?> _format = Text("--image-format", "png, jpg or webp (png)");
    private readonly Option<string?> _truncation = Text("--truncation", "Truncation psi, 0 to 1; less is tamer (the one that the pair was calibrated with)");
    private readonly Option<string?> _cutoff = Text("--truncation-cutoff", "Truncate only the first styles, this many");
    private readonly Option<string?> _keep = Text("--keep", "Share of samples kept by the uncertainty cut, above 0 to 1 (1)");
    private readonly Option<string?> _labels = Text("--labels", "seg,keypoints,depth: those of the pair's labels to write (all)");
    private readonly Option<string?> _noise = Text("--noise", "const or seeded (const)");
    private readonly Option<string?> _attempts = Text("--max-attempts", "Draws of a sample before it is kept and flagged (16)");

    public void AddTo(Command command)
    {
        foreach (var option in new[] { _pair, _samples, _seed, _shardSize, _format, _truncation, _cutoff, _keep, _labels, _noise, _attempts }) command.Add(option);
    }

    /// <summary>What was asked for; the settings of the command's section stand in for options that were not given.</summary>
    /// <exception cref="HandsOffException">A value out of its range, or pair or samples missing.</exception>
    public AskedFor Parse(ParseResult parse, IConfiguration settings, string section)
    {
        string? Value(Option<string?> option) => parse.GetValue(option) ?? settings.Of(section, option.Name);
        string Needed(Option<string?> option) => Value(option) ?? throw HandsOffException.Usage($"{section.ToLowerInvariant()}: {option.Name} is needed; {option.Description}");

        var usual = new DatasetOptions();
        var options = new DatasetOptions
        {
            Seed = Value(_seed) is { } s ? DatasetOptions.ParseSeed(s) : usual.Seed,
            ShardSize = Value(_shardSize) is { } size ? Whole("shard-size", size, 1) : null,
            ImageFormat = Value(_format) is { } f ? DatasetOptions.ParseImageFormat(f) : usual.ImageFormat,
            Truncation = Value(_truncation) is { } t ? (float)Real("truncation", t, 0, 1) : null,
            TruncationCutoff = Value(_cutoff) is { } c ? Whole("truncation-cutoff", c, 0) : null,
            Keep = Value(_keep) is { } k ? Real("keep", k, 0, 1) : usual.Keep,
            Labels = Value(_labels) is { } l ? DatasetOptions.ParseLabels(l) : null,
            Noise = Value(_noise) is { } n ? DatasetOptions.ParseNoise(n) : usual.Noise,
            MaxAttempts = Value(_attempts) is { } a ? Whole("max-attempts", a, 1) : usual.MaxAttempts,
        };
        return new AskedFor(Needed(_pair), DatasetOptions.ParseSamples(Needed(_samples)), options, Value(_labels));
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
