using System.CommandLine;
using System.Text.Json;
using HandsOff.Core;
using HandsOff.Core.Evaluation;
using HandsOff.Core.Evaluation.Downstream;
using HandsOff.Core.Evaluation.Reports;
using HandsOff.Core.Labeling;
using HandsOff.Core.Pairs;
using HandsOff.Core.Training;
using TorchSharp;

namespace HandsOff.Client.Commands;

/// <summary>The report of <c>handsoff evaluate --labels</c>: its options, and making it.</summary>
internal sealed class ReportOptions
{
    private static readonly DatasetReportOptions s_defaults = new();

    private readonly Option<string?> _labels = new("--labels") { Description = "Your labelled photographs (images/, masks/, ..., schema.json), not those the pair was made with: writes a report" };
    private readonly Option<string?> _real = new("--real") { Description = "Photographs to compare the dataset with, a folder or zip (default those of --labels)" };
    private readonly Option<string?> _out = new("--out") { Description = "Folder for report.html and report.json" };
    private readonly Option<int> _samples = new("--samples") { Description = "Samples to draw and train on", DefaultValueFactory = _ => s_defaults.Samples };
    private readonly Option<double> _keep = new("--keep") { Description = "Share of draws kept by the uncertainty cut", DefaultValueFactory = _ => s_defaults.Keep };
    private readonly Option<float> _truncation = new("--truncation") { Description = "Truncation psi of the samples", DefaultValueFactory = _ => s_defaults.Truncation };
    private readonly Option<int> _optimize = new("--optimize") { Description = "Optimisation steps of each inversion", DefaultValueFactory = _ => s_defaults.InversionSteps };
    private readonly Option<int> _steps = new("--steps") { Description = "Training steps of each of the two downstream networks", DefaultValueFactory = _ => s_defaults.Training.Steps };
    private readonly Option<double> _rate = new("--learning-rate") { Description = "Their learning rate; a tenth of it for ImageNet's weights", DefaultValueFactory = _ => s_defaults.Training.LearningRate };
    private readonly Option<string?> _network = new("--network") { Description = "The downstream network: unet-pretrained (default where LPIPS's SqueezeNet weights are), deeplab-pretrained, deeplab (default elsewhere) or unet" };
    private readonly Option<ulong> _seed = new("--seed") { Description = "Seed of the split, the samples and the networks", DefaultValueFactory = _ => s_defaults.Seed };
    private readonly Option<string> _perceptual = new("--perceptual") { Description = "squeeze, alex, vgg (LPIPS), or discriminator, which needs no outside weights", DefaultValueFactory = _ => "squeeze" };
    private readonly Option<string?> _lpips = new("--lpips") { Description = "LPIPS weights, a file or folder (default the installed ones)" };
    private readonly Option<string?> _discriminator = new("--discriminator") { Description = "The discriminator's file, for --perceptual discriminator" };
    private readonly Option<int?> _threads = new("--threads") { Description = "CPU threads (default all)" };

    public void AddTo(Command command)
    {
        Option[] all = [_labels, _real, _out, _samples, _keep, _truncation, _optimize, _network, _steps, _rate, _seed, _perceptual, _lpips, _discriminator, _threads];
        foreach (var option in all) command.Add(option);
    }

    /// <summary>Whether a report is asked for.</summary>
    public bool Asked(ParseResult parse) => parse.GetValue(_labels) is not null;

    /// <summary>Makes the report; 0.</summary>
    public int Run(ParseResult parse, Pair pair, torch.Device device, bool json, Action<LabelSchema, LabeledFolder> check, CancellationToken cancel)
    {
        string output = parse.GetValue(_out) ?? throw HandsOffException.Usage("evaluate --labels: give --out DIR for the report");
        if (parse.GetValue(_threads) is { } n) torch.set_num_threads(n >= 1 ? n : throw HandsOffException.Usage($"--threads is {n}; it must be 1 or more"));
        int steps = parse.GetValue(_steps);
        var options = new DatasetReportOptions
        {
            Samples = parse.GetValue(_samples),
            Keep = parse.GetValue(_keep),
            Truncation = parse.GetValue(_truncation),
            InversionSteps = parse.GetValue(_optimize),
            Network = parse.GetValue(_network),
            Training = s_defaults.Training with { Steps = steps, EvaluateEvery = Math.Max(1, steps / 10), LearningRate = parse.GetValue(_rate) },
            Seed = parse.GetValue(_seed),
        }.Validate();
        var labels = LabeledFolder.Open(parse.GetValue(_labels)!, DatasetReporter.Fewest);
        check(pair.Manifest.Schema, labels);
        var size = pair.Manifest.Generator;
        var real = ImageFolder.Load([parse.GetValue(_real) ?? Path.Combine(labels.FolderPath, "images")], size.Width, size.Height, cancellationToken: cancel);
        string weights = parse.GetValue(_lpips) is { } given ? LpipsWeights.Locate(LpipsNet.Squeeze, given) : Path.Combine(LpipsWeights.InstallFolder, LpipsWeights.FileName(LpipsNet.Squeeze));
        var (name, lpips, discriminator) = (parse.GetValue(_perceptual)!, parse.GetValue(_lpips), parse.GetValue(_discriminator));
        string file = PerceptualChoice.FileOf(name, lpips, discriminator);
        using var perceptual = PerceptualChoice.Open(name, lpips, discriminator, device);
        var report = new DatasetReporter(pair, labels, real, perceptual, file, options, device, json ? null : Console.WriteLine).Run(output, File.Exists(weights) ? weights : null, cancel);
        if (json) Console.WriteLine(File.ReadAllText(Path.Combine(output, "report.json")));
        else Console.WriteLine($"{report.Verdict}\n{Path.Combine(output, "report.html")}");
        return 0;
    }
}
