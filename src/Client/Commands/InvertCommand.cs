using System.CommandLine;
using HandsOff.Core.Diagnostics;
using HandsOff.Core.Inversion;

namespace HandsOff.Client.Commands;

/// <summary><c>handsoff invert</c>: the latents of photographs.</summary>
internal static class InvertCommand
{
    public static Command Create()
    {
        var shared = new InversionOptions();
        var defaults = new LatentOptimizerOptions();
        var encoderFile = new Option<string?>("--encoder") { Description = "The encoder; without one optimisation begins at the mean latent" };
        var data = new Option<string>("--data") { Description = "Photographs: a labelled folder (its images/), a folder or a zip", Required = true };
        var run = new Option<string>("--out") { Description = "Folder for latents.safetensors, inversion.json and sheet.png", Required = true };
        var steps = new Option<int>("--optimize") { Description = "Optimisation steps for each photograph; 0 takes the encoder's latents as they are", DefaultValueFactory = _ => defaults.Steps };
        var gate = new Option<double?>("--gate") { Description = "Reject photographs whose LPIPS stays above this (default: reject outliers only)" };
        var rate = new Option<double>("--lr") { Description = "Learning rate, in deviations of w", DefaultValueFactory = _ => defaults.LearningRate };
        var keep = new Option<double>("--initial-weight") { Description = "Weight of staying near the initial latents", DefaultValueFactory = _ => defaults.InitialWeight };
        var error = new Option<double>("--mse-weight") { Description = "Weight of the squared error beside LPIPS", DefaultValueFactory = _ => defaults.SquaredErrorWeight };
        var weight = new Option<double>("--perceptual-weight") { Description = "Weight of LPIPS", DefaultValueFactory = _ => defaults.PerceptualWeight };
        var batch = new Option<int>("--batch") { Description = "Photographs optimised at once", DefaultValueFactory = _ => defaults.Batch };
        var command = new Command("invert", "Find the latents of photographs: encoder, then optimisation, then the gate.") { encoderFile, data, run, steps, gate, rate, weight, error, keep, batch };
        shared.AddTo(command);
        command.SetAction((parse, cancel) => Task.Factory.StartNew(() => Invert(parse, cancel), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
        return command;

        int Invert(ParseResult parse, CancellationToken cancel)
        {
            var options = new LatentOptimizerOptions
            {
                Steps = parse.GetValue(steps),
                LearningRate = parse.GetValue(rate),
                PerceptualWeight = parse.GetValue(weight),
                SquaredErrorWeight = parse.GetValue(error),
                InitialWeight = parse.GetValue(keep),
                Batch = parse.GetValue(batch),
            }.Validate();
            var (perceptual, generator, device) = shared.Open(parse);
            using (perceptual)
            using (generator)
            {
                var photos = Inverter.Open(parse.GetValue(data)!, generator.Config, cancel);
                using var encoder = parse.GetValue(encoderFile) is { } file ? Encoder.Load(file, generator, device) : null;
                Console.WriteLine($"{photos.Count} photographs, {(encoder is null ? "from the mean latent" : "from the encoder")}, {options.Steps} steps, {perceptual.Name}");
                string folder = parse.GetValue(run)!;
                var report = Inverter.Run(generator, encoder, perceptual, photos, options, parse.GetValue(gate), folder, ProgressLine.OfLoss(Console.WriteLine), cancel: cancel);
                Console.WriteLine($"{report.Measure} {report.MeanEncoderLpips:F3} -> {report.MeanLpips:F3}, MSE {report.MeanEncoderMse:F4} -> {report.MeanMse:F4}, {report.Seconds:F0} s");
                Console.WriteLine($"{report.Accepted} of {report.Images.Count} accepted (gate {report.Gate:F3}, {report.GateRule}): {folder}");
                return 0;
            }
        }
    }
}
