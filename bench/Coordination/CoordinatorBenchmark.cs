using System.Diagnostics;
using System.Globalization;
using System.Text;
using HandsOff.Bench.Datasets;
using HandsOff.Bench.Generators;
using HandsOff.Core;
using HandsOff.Core.Datasets;
using HandsOff.Core.Pairs;
using HandsOff.Core.Storage;
using HandsOff.Grains.Coordination;
using HandsOff.Grains.Nodes;
using HandsOff.Silo.Devices;
using HandsOff.Silo.Hosting;
using Microsoft.Extensions.Logging;

namespace HandsOff.Bench.Coordination;

/// <summary>
/// What the coordinator can do and what it costs: shards a second through real Orleans with nodes that do nothing, then with tiny shards on a folder, then a
/// real pair with leases, receipts and reading back against the same shards without any of them.
/// </summary>
internal static class CoordinatorBenchmark
{
    private const int ShardSize = 50;

    public static async Task<int> RunAsync(string[] args)
    {
        int shards = GeneratorBenchmark.Option(args, "--shards", 100_000), nodes = GeneratorBenchmark.Option(args, "--nodes", 16), samples = GeneratorBenchmark.Option(args, "--samples", 600), rounds = GeneratorBenchmark.Option(args, "--rounds", 3);
        string machine = Report.Machine(), folder = Directory.CreateTempSubdirectory("handsoff-bench-").FullName;
        try
        {
            var idle = await IdleNodes.MeasureAsync(shards, nodes);
            int tiny = Math.Max(200, shards / 50);
            var stored = await StoredAsync(tiny, Path.Combine(folder, "tiny"));
            var pair = Pair.Load("scenes-64");
            var (safe, bare) = await CostAsync(pair, samples, rounds, folder);
            var text = new StringBuilder($"# The coordinator: its limit and its price\n\n`{Report.Command("coordinator", args)}`\n\n").Append(machine).AppendLine();
            text.AppendLine("| shards through real Orleans (one silo, loopback) | shards | wall s | shards/s | processor ms a shard |").AppendLine("|---|---|---|---|---|");
            text.AppendLine(Row($"{nodes} nodes that do nothing, no store", shards, idle));
            text.AppendLine(Row("2 nodes, one blank 64x64 sample a shard, committed to a local folder", tiny, stored)).AppendLine();
            text.AppendLine("With nodes that do nothing the processors bound it: node loops, grain calls and coordinator share this machine's. With a folder the commit does: four blobs a shard,")
                .AppendLine("each written, synced and linked, then read back for the manifest.").AppendLine();
            double extra = safe.Cpu / bare.Cpu - 1;
            text.AppendLine(CultureInfo.InvariantCulture, $"Fault tolerance, pair {pair.Name}, {samples} samples in shards of {ShardSize} on one CPU node, processor time (fair on a busy machine), median of {rounds} after one to warm up:").AppendLine();
            text.AppendLine("| | processor ms a sample | wall ms a sample |").AppendLine("|---|---|---|");
            text.AppendLine(CultureInfo.InvariantCulture, $"| coordinator, leases, receipts, reading back, manifest | {1000 * safe.Cpu / samples:F2} | {1000 * safe.Wall / samples:F1} |");
            text.AppendLine(CultureInfo.InvariantCulture, $"| the same shards by the pipeline alone: no coordinator, no receipts, nothing read back | {1000 * bare.Cpu / samples:F2} | {1000 * bare.Wall / samples:F1} |");
            text.AppendLine(CultureInfo.InvariantCulture, $"| price | {extra:P1} (target: under 5 %) | |");
            if (extra < 0.01) text.AppendLine().AppendLine("A price below one percent is within what two runs of the same differ by: none was found. It is not the same on a small dataset, where opening, preview and card weigh more.");
            Report.Write("coordinator", text.ToString());
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Shards of one sample that costs nothing, through all of it, into a folder.</summary>
    private static Task<(double Wall, double Cpu)> StoredAsync(int shards, string folder)
    {
        var request = DatasetRequest.Create(
            new DatasetOptions { Seed = 1, ShardSize = 1 }, shards, new PairReference("blank", new string('0', 64)), BlankEngine.Labels, 64, 64, _ => null);
        return EmbeddedAsync(request, shards, ["cpu:0", "cpu:1"], new BlankEngines(), folder);
    }

    private static async Task<((double Wall, double Cpu) Safe, (double Wall, double Cpu) Bare)> CostAsync(Pair pair, int samples, int rounds, string folder)
    {
        var request = PairRequests.Create(pair, new DatasetOptions { Seed = 1, ShardSize = ShardSize }, samples);
        var engines = new PairEngines();
        engines.Add(pair);
        var (safe, bare) = (new List<(double Wall, double Cpu)>(), new List<(double Wall, double Cpu)>());
        for (int round = 0; round <= rounds; round++)
        {
            var with = await EmbeddedAsync(request, samples, ["cpu:0"], engines, Path.Combine(folder, $"safe{round}"));
            var without = await Report.MeasuredAsync(() => BareAsync(request, samples, engines, Path.Combine(folder, $"bare{round}")));
            if (round == 0) continue; // warm-up
            safe.Add(with);
            bare.Add(without);
        }

        return (Median(safe), Median(bare));
    }

    private static async Task<(double Wall, double Cpu)> EmbeddedAsync(DatasetRequest request, long samples, string[] devices, IEngineFactory engines, string folder)
    {
        await using var cluster = await EmbeddedCluster.StartAsync(new EmbeddedClusterOptions { Devices = devices, Engines = engines, LogLevel = LogLevel.Critical }, default);
        return await Report.MeasuredAsync(async () =>
        {
            var dataset = cluster.Dataset(folder);
            var status = await dataset.Start(new DatasetOrder(Encoding.UTF8.GetString(request.ToJson()), samples));
            for (; !status.IsOver; status = await dataset.Status()) await Task.Delay(50);
            if (status.Phase != DatasetPhase.Complete) throw new HandsOffException(status.Message);
        });
    }

    /// <summary>Two shards at once through the pipeline, as a node does, and nothing else.</summary>
    private static async Task BareAsync(DatasetRequest request, long samples, PairEngines engines, string folder)
    {
        var store = new NoReceipts(LocalFolderStore.Create(folder));
        await using var device = await DeviceThread.StartAsync(() => engines.Load(request.Pair.Name, request.Pair.Digest, "cpu:0"));
        await using var pipeline = new ShardPipeline(device, new ShardPipelineOptions { EncodeThreads = 1 }, TimeProvider.System);
        await Parallel.ForEachAsync(
            new ShardPlan(samples, request.ShardSize).Shards, new ParallelOptions { MaxDegreeOfParallelism = 2 },
            async (range, cancel) => await pipeline.RunAsync(new ShardJob(store, request, range, "bare"), null, cancel));
    }

    private static (double Wall, double Cpu) Median(List<(double Wall, double Cpu)> rounds) => (Report.Median(rounds.Select(r => r.Wall)), Report.Median(rounds.Select(r => r.Cpu)));

    private static string Row(string what, int shards, (double Wall, double Cpu) took) =>
        string.Create(CultureInfo.InvariantCulture, $"| {what} | {shards:N0} | {took.Wall:F1} | {shards / took.Wall:N0} | {1000 * took.Cpu / shards:F3} |");

    private sealed class BlankEngines : IEngineFactory
    {
        public ISampleEngine Load(string pairName, string pairDigest, string device) => new BlankEngine();
    }
}
