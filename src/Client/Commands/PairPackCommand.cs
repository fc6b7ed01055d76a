using System.CommandLine;
using System.Text.Json;
using HandsOff.Core;
using HandsOff.Core.Diagnostics;
using HandsOff.Core.Evaluation;
using HandsOff.Core.Inversion;
using HandsOff.Core.Pairs;

namespace HandsOff.Client.Commands;

/// <summary>
/// <c>handsoff pair pack</c>: calibrates and writes a pair's folder; with <c>--amend</c> adds a card, sheet or figures to one, with <c>--recalibrate</c>
/// draws its calibration samples again.
/// </summary>
internal static class PairPackCommand
{
    public static Command Create()
    {
        var output = new Option<string>("--out") { Description = "The pair's folder, for example models/scenes-64", Required = true };
        var name = new Option<string?>("--name") { Description = "The pair's name; the folder's by default" };
        var generator = new Option<string?>("--generator") { Description = "generator.safetensors (handsoff train gan, handsoff import)" };
        var labeler = new Option<string?>("--labeler") { Description = "labeler.safetensors (handsoff train labeler)" };
        var inversion = new Option<string?>("--inversion") { Description = "inversion.json of handsoff invert, for the report" };
        var license = new Option<string>("--license") { Description = "Licence of the pair", DefaultValueFactory = _ => "unspecified" };
        var terms = new Option<string?>("--terms") { Description = "Terms that come with the training data, in words" };
        var provenance = new Option<string>("--provenance") { Description = "Where the training data come from", DefaultValueFactory = _ => "unspecified" };
        var metrics = new Option<string[]>("--metric") { Description = "A measured figure as name=value; may be repeated" };
        var evaluation = new Option<string?>("--evaluation") { Description = "What handsoff evaluate --json printed: its figures become metrics" };
        var include = new Option<string[]>("--include") { Description = "Another file to take along (README.md, sheet.png, encoder.safetensors); may be repeated", AllowMultipleArgumentsPerToken = true };
        var samples = new Option<int>("--samples") { Description = "Samples of the calibration run", DefaultValueFactory = _ => PairContent.UsualCalibrationSamples };
        var truncation = new Option<float>("--truncation") { Description = "Truncation of the calibration run: the one that generation uses where none is given", DefaultValueFactory = _ => PairContent.UsualCalibrationTruncation };
        var seed = new Option<ulong>("--seed") { Description = "Seed of the calibration run", DefaultValueFactory = _ => 0 };
        var limit = new Option<double?>("--limit-mb") { Description = "Refuse a pair whose files are larger together (megabytes)" };
        var amend = new Option<bool>("--amend") { Description = "Add --include files and --metric figures to a packed pair; its digest stays" };
        var recalibrate = new Option<bool>("--recalibrate") { Description = "Draw a packed pair's calibration samples again (--truncation, --samples, --seed); its digest becomes another" };
        var random = new Option<int?>("--random") { Description = "An untrained pair of this many pixels a side, to try the machinery", Hidden = true };

        var command = new Command("pack", "Make a pair's folder from a generator and a labeler: checks them, draws calibration samples, writes pair.json.")
        {
            output, name, generator, labeler, inversion, license, terms, provenance, metrics, evaluation, include, samples, truncation, seed, limit, amend, recalibrate, random,
        };
        command.SetAction((parse, cancellation) =>
        {
            string folder = parse.GetValue(output)!;
            var extras = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (string path in parse.GetValue(include) ?? [])
                if (!extras.TryAdd(Path.GetFileName(path), path)) throw HandsOffException.Usage($"--include {path}: there is a second file of that name, {extras[Path.GetFileName(path)]}");
            var figures = Figures(parse.GetValue(evaluation), parse.GetValue(metrics) ?? []);
            Pair pair;
            if (parse.GetValue(random) is { } size)
            {
                pair = TrialPair.Create(folder, size, parse.GetValue(seed) + 1);
            }
            else if (parse.GetValue(amend))
            {
                if (parse.GetValue(recalibrate)) throw HandsOffException.Usage("pair pack: --amend and --recalibrate: one after the other would be right");
                pair = PairPacker.Amend(folder, extras, figures);
            }
            else if (parse.GetValue(recalibrate))
            {
                foreach (Option other in new Option[] { name, generator, labeler, inversion, license, terms, provenance, metrics, evaluation, include, limit })
                    if (parse.GetResult(other) is { Implicit: false }) throw HandsOffException.Usage($"pair pack: --recalibrate changes nothing but the calibration; without {other.Name} it would be right");
                int count = parse.GetValue(samples);
                pair = PairPacker.Recalibrate(folder, count, parse.GetValue(truncation), parse.GetValue(seed), progress: Calibration(count), cancellation: cancellation);
            }
            else
            {
                var content = new PairContent
                {
                    Name = parse.GetValue(name) ?? Path.GetFileName(Path.GetFullPath(folder).TrimEnd('/')),
                    GeneratorPath = parse.GetValue(generator) ?? throw HandsOffException.Usage("pair pack: --generator FILE is needed"),
                    LabelerPath = parse.GetValue(labeler) ?? throw HandsOffException.Usage("pair pack: --labeler FILE is needed"),
                    License = parse.GetValue(license)!,
                    Terms = parse.GetValue(terms),
                    Provenance = parse.GetValue(provenance)!,
                    Inversion = parse.GetValue(inversion) is { } report ? InversionSummary.Of(InversionReport.Read(report)) : null,
                    Metrics = figures,
                    Extras = extras,
                    CalibrationSamples = parse.GetValue(samples),
                    CalibrationTruncation = parse.GetValue(truncation),
                    CalibrationSeed = parse.GetValue(seed),
                    LargestTotal = parse.GetValue(limit) is { } megabytes ? (long)(megabytes * 1e6) : null,
                };
                pair = PairPacker.Pack(content, folder, progress: Calibration(content.CalibrationSamples), cancellation: cancellation);
            }

            Console.WriteLine($"{pair.Folder}: pair {pair.Name}, {pair.Manifest.Files.Sum(f => f.Bytes) / 1e6:0.0} MB, digest {pair.Digest}");
            return Task.FromResult(0);
        });
        return command;
    }

    private static Dictionary<string, double> Figures(string? evaluation, string[] metrics)
    {
        var figures = evaluation is null ? new Dictionary<string, double>() : new Dictionary<string, double>(Read(evaluation).ToMetrics());
        foreach (string metric in metrics)
        {
            string[] parts = metric.Split('=', 2);
            if (parts.Length != 2 || !double.TryParse(parts[1], out double value) || !double.IsFinite(value))
                throw HandsOffException.Usage($"--metric {metric}: name=value with a finite number would be right, for example frechet=12.5");
            figures[parts[0]] = value;
        }

        return figures;
    }

    private static EvaluationReport Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<EvaluationReport>(File.ReadAllBytes(path), JsonSerializerOptions.Web) ?? throw new JsonException("null");
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw HandsOffException.Usage($"--evaluation {path}: what handsoff evaluate --json prints would be right ({e.Message})");
        }
    }

    private static IProgress<int> Calibration(int samples) => new ProgressLine(Console.Error.WriteLine, "samples of the calibration", samples).From<int>(done => (done, null));
}
