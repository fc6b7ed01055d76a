using System.CommandLine;
using System.Diagnostics;
using HandsOff.Core;
using HandsOff.Core.Labeling;
using HandsOff.Core.Labeling.Training;
using HandsOff.Core.StyleGan2;

namespace HandsOff.Client.Commands;

/// <summary><c>handsoff train labeler</c>: an ensemble from inverted, labelled photographs.</summary>
internal static class TrainLabelerCommand
{
    public static Command Create()
    {
        var defaults = new LabelerTrainingOptions();
        var generator = new Option<string>("--generator") { Description = "generator.safetensors", Required = true };
        var inverted = new Option<string>("--inverted") { Description = "Folder of handsoff invert (latents.safetensors, inversion.json)", Required = true };
        var data = new Option<string>("--data") { Description = "The labelled photographs (images/, masks/, depth/, keypoints.csv, schema.json)", Required = true };
        var output = new Option<string>("--out") { Description = "Folder for labeler.safetensors and the members; the same folder resumes", Required = true };
        var members = new Option<int>("--members") { Description = "Ensemble members", DefaultValueFactory = _ => defaults.Members };
        var labels = new Option<string?>("--labels") { Description = "Heads to train: seg,keypoints,depth; all that the schema declares by default" };
        var limit = new Option<int?>("--limit") { Description = "Use the first N photographs only (in id order)" };
        var steps = new Option<int>("--steps") { Description = "Most steps a member", DefaultValueFactory = _ => defaults.Steps };
        var batch = new Option<int>("--batch") { Description = "Pixels a step", DefaultValueFactory = _ => defaults.BatchPixels };
        var rate = new Option<double>("--lr") { Description = "Learning rate", DefaultValueFactory = _ => defaults.LearningRate };
        var decay = new Option<double>("--weight-decay") { Description = "Decoupled weight decay", DefaultValueFactory = _ => defaults.WeightDecay };
        var balance = new Option<double>("--class-balance") { Description = "0 none, 0.5 square root, 1 all classes alike", DefaultValueFactory = _ => defaults.ClassBalance };
        var holdout = new Option<double>("--holdout") { Description = "Share of photographs each member stops by", DefaultValueFactory = _ => defaults.Holdout };
        var hidden = new Option<string?>("--hidden") { Description = "Hidden sizes of the segmentation head, for example 128,32" };
        var keypointHidden = new Option<string?>("--keypoint-hidden") { Description = "Hidden sizes of the keypoint head" };
        var depthHidden = new Option<string?>("--depth-hidden") { Description = "Hidden sizes of the depth head" };
        var sigma = new Option<double?>("--keypoint-sigma") { Description = "Standard deviation of keypoint targets in label pixels" };
        var seed = new Option<ulong>("--seed") { Description = "Seed of initial weights, pixel orders and folds", DefaultValueFactory = _ => defaults.Seed };
        var rejectedToo = new Option<bool>("--rejected-too") { Description = "Also learn from photographs that the inversion's gate rejected" };
        var device = new Option<string>("--device") { Description = "cpu, cuda or cuda:N", DefaultValueFactory = _ => "cpu" };

        var command = new Command("labeler", "Train a labeler on inverted photographs.")
        {
            generator, inverted, data, output, members, labels, limit, steps, batch, rate, decay, balance, holdout, hidden, keypointHidden, depthHidden, sigma, seed, rejectedToo, device,
        };
        command.SetAction((parse, cancellation) => Task.Run(() => Interruptible.Run(() => Train(parse, cancellation), "the same command goes on with the next member", cancellation), CancellationToken.None));
        return command;

        int Train(ParseResult parse, CancellationToken cancellation)
        {
            var options = new LabelerTrainingOptions
            {
                Members = parse.GetValue(members),
                Kinds = Kinds(parse.GetValue(labels)),
                Steps = parse.GetValue(steps),
                BatchPixels = parse.GetValue(batch),
                LearningRate = parse.GetValue(rate),
                WeightDecay = parse.GetValue(decay),
                ClassBalance = parse.GetValue(balance),
                Holdout = parse.GetValue(holdout),
                SegmentationHidden = Sizes("--hidden", parse.GetValue(hidden), defaults.SegmentationHidden),
                KeypointHidden = Sizes("--keypoint-hidden", parse.GetValue(keypointHidden), defaults.KeypointHidden),
                DepthHidden = Sizes("--depth-hidden", parse.GetValue(depthHidden), defaults.DepthHidden),
                KeypointSigma = parse.GetValue(sigma),
                Seed = parse.GetValue(seed),
            }.Validate();
            string folder = parse.GetValue(output)!;
            using var network = Generator.Load(parse.GetValue(generator)!, DeviceChoice.Of(parse.GetValue(device)));
            var set = LabeledFolder.Open(parse.GetValue(data)!, InvertedFolder.Fewest);
            var all = InvertedFolder.Load(parse.GetValue(inverted)!, set, network.Config, parse.GetValue(rejectedToo));
            try
            {
                var photographs = parse.GetValue(limit) is { } most ? all.Take(most).ToList() : all;
                Console.WriteLine($"{photographs.Count} photographs, {network.Config.Taps.Sum(t => t.Channels)} features a pixel, {options.Members} members");
                using var state = LabelerTrainer.Train(network, photographs, set.Schema, options, Path.Combine(folder, "members"), new Printer(), cancellation);
                string path = Path.Combine(folder, "labeler.safetensors");
                state.Save(path);
                Console.WriteLine($"{path}: {string.Join(", ", state.Config.Heads.Select(h => h.Name))}");
            }
            finally
            {
                foreach (var p in all) p.Dispose();
            }

            return 0;
        }
    }

    private static LabelKinds? Kinds(string? text)
    {
        if (text is null) return null;
        var kinds = LabelKinds.None;
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries))
            kinds |= part switch
            {
                "seg" => LabelKinds.Segmentation,
                "keypoints" => LabelKinds.Keypoints,
                "depth" => LabelKinds.Depth,
                _ => throw HandsOffException.Usage($"--labels {text}: '{part}' is not one of seg, keypoints, depth"),
            };
        return kinds;
    }

    private static (int First, int Second) Sizes(string option, string? text, (int First, int Second) fallback)
    {
        if (text is null) return fallback;
        string[] parts = text.Split(',');
        return parts.Length == 2 && int.TryParse(parts[0], out int first) && int.TryParse(parts[1], out int second) && first > 0 && second > 0
            ? (first, second)
            : throw HandsOffException.Usage($"{option} {text}: two positive numbers with a comma would be right, for example 128,32");
    }

    private sealed class Printer : IProgress<LabelerProgress>
    {
        private readonly Stopwatch _watch = Stopwatch.StartNew();

        public void Report(LabelerProgress value) => Console.WriteLine(
            $"member {value.Member + 1}/{value.Members} step {value.Step}/{value.Steps} {_watch.Elapsed.TotalSeconds:0}s  {string.Join("  ", value.HeldOut.Select(h => $"{h.Key} {h.Value:0.0000}"))}");
    }
}
