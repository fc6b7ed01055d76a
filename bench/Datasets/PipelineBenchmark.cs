using System.Diagnostics;
using System.Text;
using HandsOff.Bench.Generators;
using HandsOff.Core.Datasets;
using HandsOff.Core.Pairs;
using HandsOff.Core.Storage;
using TorchSharp;

namespace HandsOff.Bench.Datasets;

/// <summary>
/// The pipeline (generate, label, encode, tar, hash, fsync, commit into a local folder) beside the bare generator-and-labeler loop
/// of the same engine, in alternating rounds; and the memory over a long run. Processor time is the fair measure on a machine that
/// does other work too: both use all cores, so what the pipeline adds in processor time it loses in rate.
/// </summary>
internal static class PipelineBenchmark
{
    public static int Run(string[] args)
    {
        string? name = Text(args, "--pair");
        int samples = GeneratorBenchmark.Option(args, "--samples", 512), rounds = args.Contains("--only-long") ? 0 : GeneratorBenchmark.Option(args, "--rounds", 5), longRun = GeneratorBenchmark.Option(args, "--long", 0);
        string folder = Directory.CreateTempSubdirectory("handsoff-bench-").FullName, machine = Report.Machine();
        try
        {
            var pair = name is null ? TrialPair.Create(Path.Combine(folder, "pair"), 64) : Pair.Load(name);
            var text = new StringBuilder();
            if (rounds > 0) text.AppendLine(Compare(pair, samples, rounds, folder).GetAwaiter().GetResult());
            if (longRun > 0) text.AppendLine(Memory(name is null ? null : pair, longRun, folder).GetAwaiter().GetResult());
            Report.Write(rounds > 0 ? "pipeline" : "pipeline-memory", $"""
                # The pipeline{(rounds > 0 ? " beside the bare loop" : "'s memory")}

                `{Report.Command("pipeline", args)}`: pair {pair.Name}, {pair.Manifest.Generator.Width}x{pair.Manifest.Generator.Height} pixels, all labels, PNG.

                {text}
                {machine}
                """);
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<string> Compare(Pair pair, int samples, int rounds, string folder)
    {
        await using var device = await DeviceThread.StartAsync(() => PairEngine.Open(pair, torch.CPU));
        var request = PairRequests.Create(pair, new DatasetOptions { Seed = 1 }, samples);
        var bare = new List<(double Wall, double Cpu)>();
        var made = new List<(double Wall, double Cpu)>();
        var stages = new StageTimes();
        for (int round = 0; round <= rounds; round++)
        {
            var loop = await Report.MeasuredAsync(() => device.RunAsync(engine => Loop(engine, request, samples), default));
            StageTimes sum = new();
            var pipeline = await Report.MeasuredAsync(async () => sum = await Make(device, request, samples, Path.Combine(folder, $"d{round}")));
            if (round == 0) continue; // warm-up
            bare.Add(loop);
            made.Add(pipeline);
            stages += sum;
        }

        double n = samples, count = samples * rounds;
        return $"""
            | | samples/s (median of {rounds}) | processor ms a sample |
            |---|---|---|
            | bare loop | {n / Report.Median(bare.Select(b => b.Wall)):F1} | {1000 * Report.Median(bare.Select(b => b.Cpu)) / n:F2} |
            | pipeline, to committed shards | {n / Report.Median(made.Select(b => b.Wall)):F1} | {1000 * Report.Median(made.Select(b => b.Cpu)) / n:F2} |
            | ratio | {100 * Report.Median(bare.Select(b => b.Wall)) / Report.Median(made.Select(b => b.Wall)):F1} % | {100 * Report.Median(bare.Select(b => b.Cpu)) / Report.Median(made.Select(b => b.Cpu)):F1} % |

            Stages, ms a sample: generate {1000 * stages.Generate / count:F2}, label {1000 * stages.Label / count:F2}, encode {1000 * stages.Encode / count:F2}, write {1000 * stages.Write / count:F2}, commit {1000 * stages.Commit / count:F2}, device waiting {1000 * stages.GenerateWait / count:F2}.
            """;
    }

    /// <summary>Memory while many samples are made, by the pair or, without one, by an engine that costs nothing.</summary>
    private static async Task<string> Memory(Pair? pair, int samples, string folder)
    {
        await using var device = await DeviceThread.StartAsync(() => pair is null ? new BlankEngine() : PairEngine.Open(pair, torch.CPU));
        var options = new DatasetOptions { Seed = 1, ShardSize = Math.Max(1, samples / 100) };
        var request = pair is null
            ? DatasetRequest.Create(options, samples, new PairReference("blank", new string('0', 64)), BlankEngine.Labels, 64, 64, _ => null)
            : PairRequests.Create(pair, options, samples);
        var rows = new StringBuilder($"Memory over {samples} samples of {(pair is null ? "an engine that costs nothing (64x64, all labels)" : "the pair")}:\n\n| samples | resident MB | managed heap MB |\n|---|---|---|\n");
        int shards = 0;
        long start = Stopwatch.GetTimestamp();
        using var process = Process.GetCurrentProcess();
        var cpu = process.TotalProcessorTime;
        var stages = await Make(device, request, samples, Path.Combine(folder, "long"), () =>
        {
            if (++shards % 10 != 0) return;
            process.Refresh();
            rows.AppendLine($"| {(long)shards * request.ShardSize} | {process.WorkingSet64 / 1e6:F0} | {GC.GetTotalMemory(false) / 1e6:F0} |");
        });
        process.Refresh();
        rows.AppendLine($"\n{samples / Stopwatch.GetElapsedTime(start).TotalSeconds:F0} samples/s, {1000 * (process.TotalProcessorTime - cpu).TotalSeconds / samples:F3} ms of processor time a sample, making it included.");
        return rows.ToString();
    }

    private static int Loop(ISampleEngine engine, DatasetRequest request, int samples)
    {
        int made = 0;
        while (made < samples)
        {
            SampleKey[] keys = [.. Enumerable.Range(made, Math.Min(engine.MicroBatch, samples - made)).Select(i => new SampleKey(i, 0))];
            made += engine.Generate(keys, request.Recipe).Length;
        }

        return made;
    }

    private static async Task<StageTimes> Make(DeviceThread device, DatasetRequest request, long samples, string folder, Action? shardDone = null)
    {
        var store = LocalFolderStore.Create(folder);
        var state = await DatasetState.BeginAsync(store, request, samples, true, false, default);
        await using var pipeline = new ShardPipeline(device, new ShardPipelineOptions(), TimeProvider.System);
        var stages = new StageTimes();
        await Parallel.ForEachAsync(state.Plan.Shards, new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (range, cancel) =>
        {
            var result = await pipeline.RunAsync(new ShardJob(store, request, range, "bench/cpu"), null, cancel);
            lock (store)
            {
                stages += result.Stages;
                shardDone?.Invoke();
            }
        });
        return stages;
    }

    private static string? Text(string[] args, string name) => Array.IndexOf(args, name) is >= 0 and var i && i + 1 < args.Length ? args[i + 1] : null;
}
