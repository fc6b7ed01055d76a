using System.CommandLine;
using System.Globalization;
using HandsOff.Client.Generating;
using HandsOff.Client.Settings;
using HandsOff.Core;
using Microsoft.Extensions.Configuration;
using static TorchSharp.torch;

namespace HandsOff.Client.Commands;

/// <summary>The options about how a job is run, the same for every command that runs one.</summary>
internal static class RunOptionsParser
{
    public static Option<string?> Devices() => new("--devices") { Description = "auto, all, cpu or cuda:N, several with commas (auto)" };

    public static Option<string?> Threads() => new("--threads") { Description = "CPU threads, each a node of its own (one a core)" };

    public static Option<string?> Precision() => new("--precision") { Description = "fp32 or bf16: the generator's large feature maps (fp32)" };

    public static Option<bool> Json() => new("--json") { Description = "The summary as JSON, no progress" };

    public static Option<bool> Verbose() => new("--verbose") { Description = "Log to the error stream" };

    public static RunOptions Parse(
        ParseResult parse, IConfiguration settings, string section, Option<string?> devices, Option<string?> threads, Option<bool> json, Option<bool> verbose,
        Option<string?>? precision = null)
    {
        string? Value(Option<string?> option) => parse.GetValue(option) ?? settings.Of(section, option.Name);
        int count = Environment.ProcessorCount;
        if (Value(threads) is { } text && !int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out count))
            throw HandsOffException.Usage($"threads '{text}': should be a whole number of 1 or more");
        var maps = (precision is null ? null : Value(precision)) switch
        {
            null or "fp32" => ScalarType.Float32,
            "bf16" => ScalarType.BFloat16,
            var other => throw HandsOffException.Usage($"precision '{other}': should be fp32 or bf16"),
        };
        return new RunOptions(Value(devices) ?? "auto", count, parse.GetValue(json), parse.GetValue(verbose), settings, maps);
    }
}
