using System.CommandLine;
using HandsOff.Client.Generating;
using HandsOff.Core;
using HandsOff.Core.Evaluation;
using HandsOff.Core.Training;
using TorchSharp;

namespace HandsOff.Client.Commands;

/// <summary><c>handsoff train gan</c>: a StyleGAN2 generator from a folder or zip of images.</summary>
internal static class TrainGanCommand
{
    public static Command Create()
    {
        var run = new Option<string>("--out") { Description = "The run's folder", Required = true };
        var data = new Option<string[]>("--data") { Description = "Images: a folder or zip, optionally PATH:PREFIX for part of it; may be given several times", Required = true };
        var list = new Option<string?>("--list") { Description = "Text file that names the images to use, one a line" };
        var resume = new Option<bool>("--resume") { Description = "Go on from the run's last checkpoint" };
        var initFrom = new Option<string?>("--init-from") { Description = "Begin with the networks of another run, for example one of half the size" };
        var heldOut = new Option<string[]>("--held-out") { Description = "Held-out images for the Fréchet distance (needs 'handsoff lpips install')" };
        var heldOutList = new Option<string?>("--held-out-list") { Description = "Text file that names the held-out images to use" };
        var minutes = new Option<double?>("--minutes") { Description = "Stop cleanly after so many minutes; --resume goes on" };
        var threads = new Option<int?>("--threads") { Description = "CPU threads (default all)" };
        var device = new Option<string>("--device") { Description = "cpu or cuda (default cuda when there is one)" };
        var lpips = new Option<string?>("--lpips") { Description = "SqueezeNet LPIPS weights for the metric (default the installed ones)" };
        var metricImages = new Option<int>("--metric-images") { Description = "Images the metric compares", DefaultValueFactory = _ => 2000 };
        var shape = new TrainGanOptions();
        var command = new Command("gan", "Train a StyleGAN2 generator on images.") { run, data, list, resume, initFrom, heldOut, heldOutList, minutes, threads, device, lpips, metricImages };
        shape.AddTo(command);
        // A thread of its own: torch's dispose scopes are per thread, and signals must still be heard.
        command.SetAction((parse, cancel) => Task.Factory.StartNew(() => Interruptible.Run(() => Train(parse, cancel), "nothing was trained", cancel), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
        return command;

        int Train(ParseResult parse, CancellationToken cancel)
        {
            string folder = parse.GetValue(run)!;
            string? grown = parse.GetValue(initFrom);
            bool goesOn = parse.GetValue(resume);
            if (goesOn && grown is not null) throw HandsOffException.Usage("--resume goes on with a run, --init-from begins one: give one of them");
            if (parse.GetValue(threads) is { } n) torch.set_num_threads(n >= 1 ? n : throw HandsOffException.Usage($"--threads is {n}; it must be 1 or more"));
            var limit = parse.GetValue(minutes) is not { } m ? (TimeSpan?)null : m > 0 ? TimeSpan.FromMinutes(m) : throw HandsOffException.Usage($"--minutes is {m}; it must be above 0");
            var options = shape.Read(parse, goesOn ? GanTrainer.OptionsOf(folder) : null, grown is not null);
            var on = DeviceChoice.Of(parse.GetValue(device));
            var size = options.Network;
            var images = ImageFolder.Load(parse.GetValue(data)!, size.Width, size.Height, parse.GetValue(list), cancel);
            Console.WriteLine($"{images.Count} images at {size.Width}x{size.Height}; batch {options.Batch}, R1 weight {options.GammaInForce:G4}, seed {options.Seed}, {torch.get_num_threads()} CPU threads, {on.type.ToString().ToLowerInvariant()}");
            using var metric = Metric(parse, images, on, cancel);
            using var trainer = goesOn ? GanTrainer.Resume(options, images, folder, on) : GanTrainer.Start(options, images, folder, grown, on);
            trainer.Metric = metric;
            if (goesOn) Console.WriteLine($"resumed at {trainer.Kimg:F1} kimg");
            bool done = trainer.Run(Console.WriteLine, limit, cancel);
            Console.WriteLine(done ? $"done: {Path.Combine(folder, "generator.safetensors")}" : $"stopped at {trainer.Kimg:F1} kimg; the same command with --resume goes on");
            // Stopped by --minutes it did what was asked.
            return !done && cancel.IsCancellationRequested ? LocalRun.Interrupted : 0;
        }

        FrechetGanMetric? Metric(ParseResult parse, ImageFolder images, torch.Device on, CancellationToken cancel)
        {
            if (parse.GetValue(heldOut) is not { Length: > 0 } sources) return null;
            var held = ImageFolder.Load(sources, images.Width, images.Height, parse.GetValue(heldOutList), cancel);
            return FrechetGanMetric.Create(LpipsWeights.Locate(LpipsNet.Squeeze, parse.GetValue(lpips)), held, images, parse.GetValue(metricImages), on);
        }
    }
}
