using System.CommandLine;
using HandsOff.Core.Diagnostics;
using HandsOff.Core.Inversion;
using HandsOff.Core.Training;

namespace HandsOff.Client.Commands;

/// <summary><c>handsoff train encoder</c>: the encoder that inverts a generator.</summary>
internal static class TrainEncoderCommand
{
    private static readonly EncoderTrainingOptions Defaults = new();

    public static Command Create()
    {
        var shared = new InversionOptions();
        var photos = new Option<string[]>("--photos") { Description = "Photographs to fine-tune on: a folder or zip, optionally PATH:PREFIX; may be given several times", Required = true };
        var list = new Option<string?>("--list") { Description = "Text file that names the photographs to use, one a line" };
        var heldOut = new Option<string[]>("--held-out") { Description = "Photographs to measure on, none of which is among the others", Required = true };
        var heldOutList = new Option<string?>("--held-out-list") { Description = "Text file that names the held-out photographs to use" };
        var run = new Option<string>("--out") { Description = "The run's folder; a run that was stopped goes on", Required = true };
        var seed = new Option<ulong>("--seed") { Description = "Seed of everything random", DefaultValueFactory = _ => Defaults.Seed };
        var batch = new Option<int>("--batch") { Description = "Images a step", DefaultValueFactory = _ => Defaults.Batch };
        var refinements = new Option<int>("--refinements") { Description = "Refinement rounds", DefaultValueFactory = _ => Defaults.Refinements };
        var pairIterations = new Option<int>("--pair-iterations") { Description = "Steps on generated images", DefaultValueFactory = _ => Defaults.PairIterations };
        var photoIterations = new Option<int>("--photo-iterations") { Description = "Cap on the steps on photographs", DefaultValueFactory = _ => Defaults.PhotoIterations };
        var minutes = new Option<double?>("--minutes") { Description = "Time limit for both phases" };
        var rate = new Option<double>("--lr") { Description = "Learning rate", DefaultValueFactory = _ => Defaults.LearningRate };
        var evaluate = new Option<int>("--evaluate-every") { Description = "Steps between measurements and checkpoints", DefaultValueFactory = _ => Defaults.EvaluateEvery };
        var patience = new Option<int>("--patience") { Description = "Measurements without a new best that end fine-tuning; 0 for none", DefaultValueFactory = _ => Defaults.Patience };
        var side = new Option<int>("--side") { Description = "Pixels of the smaller side of what the encoder looks at", DefaultValueFactory = _ => Defaults.Side };
        var channels = new Option<int>("--channels") { Description = "Channels of the encoder's first layer", DefaultValueFactory = _ => Defaults.Channels };
        var noMirror = new Option<bool>("--no-mirror") { Description = "Never show photographs mirrored" };
        var command = new Command("encoder", "Train the encoder that finds a photograph's latents: on generated images, then on photographs.")
        {
            photos, list, heldOut, heldOutList, run, seed, batch, refinements, pairIterations, photoIterations, minutes, rate, evaluate, patience, side, channels, noMirror,
        };
        shared.AddTo(command);
        command.SetAction((parse, cancel) => Task.Factory.StartNew(() => Interruptible.Run(() => Train(parse, cancel), "the same command goes on", cancel), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
        return command;

        int Train(ParseResult parse, CancellationToken cancel)
        {
            var options = new EncoderTrainingOptions
            {
                Seed = parse.GetValue(seed),
                Batch = parse.GetValue(batch),
                Refinements = parse.GetValue(refinements),
                PairIterations = parse.GetValue(pairIterations),
                PhotoIterations = parse.GetValue(photoIterations),
                Minutes = parse.GetValue(minutes),
                LearningRate = parse.GetValue(rate),
                EvaluateEvery = parse.GetValue(evaluate),
                Patience = parse.GetValue(patience),
                Side = parse.GetValue(side),
                Channels = parse.GetValue(channels),
                Mirror = !parse.GetValue(noMirror),
            }.Validate();
            var (perceptual, generator, _) = shared.Open(parse);
            using (perceptual)
            using (generator)
            {
                var size = generator.Config;
                var training = ImageFolder.Load(parse.GetValue(photos)!, size.Width, size.Height, parse.GetValue(list), cancel);
                var held = ImageFolder.Load(parse.GetValue(heldOut)!, size.Width, size.Height, parse.GetValue(heldOutList), cancel);
                string folder = parse.GetValue(run)!;
                using var trainer = new EncoderTrainer(generator, perceptual, training, held, options, folder);
                Console.WriteLine($"{training.Count} photographs, {held.Count} held out, {perceptual.Name}{(trainer.Steps > 0 ? $"; going on at step {trainer.Steps}" : "")}");
                var report = trainer.Run(Show, cancel);
                Console.WriteLine($"{report.Perceptual} on {report.HeldOut} held-out photographs: mean latent {report.Start.HeldOutPerceptual:F3}, after pairs {report.BeforeFineTuning.HeldOutPerceptual:F3}, "
                    + $"best {report.Best.HeldOutPerceptual:F3} at step {report.Best.Iteration} of {(report.Best.Phase == EncoderPhase.Pairs ? "the pairs" : "fine-tuning")}, last {report.Last.HeldOutPerceptual:F3}; {report.Seconds:F0} s");
                Console.WriteLine($"done: {Path.Combine(folder, EncoderTrainer.EncoderFile)}");
                return 0;
            }
        }
    }

    private static void Show(EncoderProgress p)
    {
        if (p.Measurement is not { } m) return;
        string phase = p.Phase == EncoderPhase.Pairs ? "pairs" : "photos";
        Console.WriteLine($"  {phase} {p.Iteration}/{p.Iterations}: loss {m.Loss:F4}, held out {m.HeldOutPerceptual:F4}{(m.Best ? " *" : "")}, MSE {m.HeldOutSquaredError:F4}, {p.StepsPerSecond:F2} steps/s, {ProgressMeter.Text(p.Remaining)} left");
    }
}
