using System.Diagnostics;
using System.Text;
using System.Text.Json;
using HandsOff.Core;
using HandsOff.Core.Labeling;
using HandsOff.Core.StyleGan2;
using TorchSharp;
using static TorchSharp.torch;

namespace HandsOff.Bench.Labeling;

/// <summary>
/// Labels a 256 px sample of a full-width generator with 10 members x 128 hidden, once by the factored labeler and once by
/// building the hypercolumn, each in a process of its own, and compares time and peak memory.
/// </summary>
internal static class LabelerBenchmark
{
    private const int Size = 256, CompareSize = 64, Members = 10, Classes = 8;

    public static int Run(string[] args)
    {
        if (args.Length == 2 && args[0] == "--child") return Child(args[1]);
        var (apart, spread, masks) = Compare(CompareSize);
        Console.WriteLine($"{CompareSize} px: divergence differs by {apart:0.0e0} at most (its deviation over pixels {spread:0.00}), {masks} mask pixels differ");
        if (apart > 1e-3 || spread < 1e-2 || masks > CompareSize * CompareSize / 1000) throw new HandsOffException("bench labeler: the two do not label alike");
        if (args is ["--compare"]) return 0;
        int Option(string name, int fallback) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? int.Parse(args[at + 1]) : fallback;
        int rounds = Option("--rounds", 2), threads = Option("--threads", Environment.ProcessorCount);
        torch.set_num_threads(threads);

        // Interleaved, so that a busy machine does not favour one side.
        var results = new Dictionary<string, List<Measured>> { ["factored"] = [], ["hypercolumn"] = [] };
        string machine = Report.Machine();
        for (int round = 0; round < rounds; round++)
            foreach (var (mode, list) in results) list.Add(Start(mode, threads));
        Measured Best(string mode) => results[mode].MinBy(r => r.Cpu)!;
        Measured factored = Best("factored"), built = Best("hypercolumn");
        double difference = Math.Abs(factored.Score - built.Score) / built.Score;
        if (difference > 1e-3) throw new HandsOffException($"bench labeler: the two disagree: image scores {factored.Score} and {built.Score}");

        var text = new StringBuilder()
            .AppendLine("# Labeler").AppendLine()
            .AppendLine($"`{Report.Command("labeler", args)}`").AppendLine()
            .AppendLine($"One {Size} px sample, taps of a full-width generator (config-f, 14 taps, 5888 channels; random values), {Members} members x [128, 32], {Classes} classes. Each way in a process of its own, {rounds} interleaved round(s), the best run of each.")
            .AppendLine("Memory is the peak of the process's own (anonymous) resident memory while labelling, sampled every 2 ms, beyond what it held before (weights, taps).").AppendLine()
            .Append(machine)
            .AppendLine("On a loaded machine the wall-clock seconds say little; the processor seconds are the comparison.").AppendLine()
            .AppendLine("| | seconds a sample | CPU seconds | peak memory, MB |").AppendLine("|---|---|---|---|")
            .AppendLine($"| build the hypercolumn | {built.Wall:0.00} | {built.Cpu:0.00} | {built.Peak / 1e6:0} |")
            .AppendLine($"| factored | {factored.Wall:0.00} | {factored.Cpu:0.00} | {factored.Peak / 1e6:0} |")
            .AppendLine($"| ratio | {built.Wall / factored.Wall:0.0} | **{built.Cpu / factored.Cpu:0.0}** | **{(double)built.Peak / factored.Peak:0.0}** |").AppendLine()
            .AppendLine($"The two label alike: at {CompareSize} px the divergence of a pixel differs by {apart:0.0e0} nats at most (deviation over pixels {spread:0.00}) and {masks} of {CompareSize * CompareSize} mask pixels differ; at {Size} px the image scores are {factored.Score:0.000000} and {built.Score:0.000000}. The baseline is kind to itself: taps are written into the hypercolumn in place and members run one by one.");
        Report.Write("labeler", text.ToString());
        return 0;
    }

    private static Measured Start(string mode, int threads)
    {
        var info = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet") info.ArgumentList.Add(typeof(LabelerBenchmark).Assembly.Location);
        foreach (string argument in new[] { "labeler", "--child", mode }) info.ArgumentList.Add(argument);
        info.Environment["OMP_NUM_THREADS"] = $"{threads}";
        using var process = Process.Start(info)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new HandsOffException($"bench labeler: the {mode} process failed with exit code {process.ExitCode}");
        Console.WriteLine($"{mode}: {output.Trim()}");
        return JsonSerializer.Deserialize<Measured>(output)!;
    }

    private static int Child(string mode)
    {
        Once(mode, 32, 1); // loads code and kernels
        Console.WriteLine(JsonSerializer.Serialize(Once(mode, Size, mode == "factored" ? 6 : 2)));
        return 0;
    }

    /// <summary>Labels one sample a few times: image score, best seconds, best processor seconds, peak memory of all runs.</summary>
    private static Measured Once(string mode, int size, int runs)
    {
        using var scope = NewDisposeScope();
        var (state, taps) = Sample(size);
        using var owned = state;

        // Channels last as FastGenerator gives them; plainly for the baseline, which reads them so.
        if (mode == "hypercolumn") taps = [.. taps.Select(t => t.contiguous())];
        using var factored = mode == "factored" ? new Labeler(state) : null;
        var built = mode == "factored" ? null : new HypercolumnLabeler(state);
        double score = 0, wall = double.MaxValue, cpu = double.MaxValue;
        using var memory = new PeakMemory();
        for (int i = 0; i < runs; i++)
        {
            using var inner = NewDisposeScope();
            using var self = Process.GetCurrentProcess();
            var watch = Stopwatch.StartNew();
            var used = self.TotalProcessorTime;
            if (built is not null)
            {
                score = built.Label(taps).Score.ToDouble();
            }
            else
            {
                using var labels = factored!.Label(taps);
                score = labels.Score[0].ToDouble();
            }

            self.Refresh();
            wall = Math.Min(wall, watch.Elapsed.TotalSeconds);
            cpu = Math.Min(cpu, (self.TotalProcessorTime - used).TotalSeconds);
        }

        return new Measured(wall, cpu, memory.Peak, score);
    }

    /// <summary>The two on the same sample, pixel by pixel: what the score's mean over thousands of pixels would hide.</summary>
    private static (double Divergence, double Spread, long Masks) Compare(int size)
    {
        using var scope = NewDisposeScope();
        var (state, taps) = Sample(size);
        using var owned = state;
        using var factored = new Labeler(state);
        using var labels = factored.Label(taps);
        var (mask, divergence, _) = new HypercolumnLabeler(state).Label(taps);
        return (
            (labels.Uncertainty.flatten() - divergence).abs().max().ToDouble(),
            divergence.std().ToDouble(),
            labels.Mask!.flatten().ne(mask).sum().ToInt64());
    }

    private static (LabelerState State, List<Tensor> Taps) Sample(int size)
    {
        using var random = new torch.Generator(1, CPU);
        var generator = new StyleGan2Config { Width = size, Height = size };
        var config = new LabelerConfig
        {
            Taps = generator.Taps,
            Width = size,
            Height = size,
            Members = Members,
            Heads = [new HeadConfig { Kind = LabelKinds.Segmentation, Hidden1 = 128, Hidden2 = 32 }],
            Schema = new LabelSchema { Classes = [.. Enumerable.Range(0, Classes).Select(c => new ClassInfo($"c{c}", "#000000"))] },
        };
        return (LabelerState.Random(config, 2), [.. generator.Taps.Select(t => randn([1, t.Height, t.Width, t.Channels], generator: random).permute(0, 3, 1, 2))]);
    }

    private sealed record Measured(double Wall, double Cpu, long Peak, double Score);
}
