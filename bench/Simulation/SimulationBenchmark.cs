using System.Globalization;
using System.Text;
using HandsOff.Core;
using HandsOff.Core.Diagnostics;

namespace HandsOff.Bench.Simulation;

/// <summary>The scheduler at sizes that no machine at hand has, in virtual time.</summary>
internal static class SimulationBenchmark
{
    private static readonly SimulationOptions[] s_all =
    [
        new() { Name = "8 nodes, one of them ten times slower", Nodes = 8, Shards = 800, SpeedSpread = 0.05, Stragglers = 0.125, Seed = 4 },
        new() { Name = "1,000 nodes, 20 shards each only", Nodes = 1000, Shards = 20_000 },
        new() { Name = "1,000 nodes, no faults", Nodes = 1000, Shards = 100_000 },
        new() { Name = "1,000 nodes, 1 % lost an hour", Nodes = 1000, Shards = 100_000, LostAnHour = 0.01 },
        new() { Name = "1,000 nodes, 1 % of them ten times slower", Nodes = 1000, Shards = 100_000, Stragglers = 0.01 },
        new() { Name = "1,000 spot nodes: 10 % lost an hour, half with notice, 20 % join late, 0.5 % of tries fail, 1 % ten times slower", Nodes = 1000, Shards = 100_000, LostAnHour = 0.1, SpotNotices = 0.5, Late = 0.2, Failures = 0.005, Stragglers = 0.01 },
        new() { Name = "10,000 nodes, no faults", Nodes = 10_000, Shards = 1_000_000 },
        new() { Name = "10,000 nodes, 1 % lost an hour", Nodes = 10_000, Shards = 1_000_000, LostAnHour = 0.01 },
    ];

    public static int Run(string[] args)
    {
        bool quick = args.Contains("--quick");
        if (args.Any(a => a != "--quick")) throw HandsOffException.Usage("simulation: --quick is the only option (only the clusters of at most 1,000 nodes)");
        var text = new StringBuilder($"# The scheduler in virtual time\n\n`{Report.Command("simulation", args)}`\n\n").Append(Report.Machine()).AppendLine();
        text.AppendLine("The coordinator's own classes (DatasetRun, ShardLedger) with nodes that behave as NodeWorker does: two slots, reports when a shard ends and as often as the")
            .AppendLine("coordinator asks. A shard takes a node of speed 1 a minute (10 % jitter); speeds are spread log-normally by 0.3. Lost nodes come back anew after ten minutes; half of")
            .AppendLine("the losses show only by silence (30 s lease), the others are told by membership after 6 s. Ideal: the work divided without end among the nodes as they came and went.").AppendLine();
        text.AppendLine("| cluster | shards | makespan, s | ideal, s | ratio | wasted work | backups | nodes lost | CPU a shard, µs | calls/s | in the busiest second | heap, KiB |");
        text.AppendLine("|---|---|---|---|---|---|---|---|---|---|---|---|");
        ClusterSimulation? plotted = null;
        foreach (var options in s_all.Where(o => !quick || o.Nodes <= 1000))
        {
            var simulation = new ClusterSimulation(options);
            var r = simulation.Run();
            if (options.LostAnHour > 0.05) plotted = simulation;
            string line = string.Create(CultureInfo.InvariantCulture, $"| {options.Name} | {options.Shards:N0} | {r.Makespan:F0} | {r.Ideal:F0} | {r.Ratio:F3} | {r.Wasted:P2} | {r.Backups} | {r.Lost} | {r.CpuMicroseconds:F1} | {r.CallsPerSecond:F0} | {r.PeakCallsPerSecond} | {r.Kilobytes} |");
            Console.WriteLine(line);
            text.AppendLine(line);
        }

        text.AppendLine().AppendLine("CPU is the processor time of the whole simulation, the nodes' part included: the coordinator's own is less. Targets: ratio at most 1.05 without faults and 1.10 with 1 % of nodes lost an hour, wasted work at most 2 %, CPU under 100 µs a shard. The heap is that of the")
            .AppendLine("coordinator's classes and the simulated nodes together, at the middle of the run.").AppendLine().AppendLine("![The spot nodes over time](simulation.png)");
        Report.Write(quick ? "simulation-quick" : "simulation", text.ToString());
        if (plotted is not null) Draw(plotted);
        return 0;
    }

    private static void Draw(ClusterSimulation simulation)
    {
        string csv = Path.GetTempFileName();
        File.WriteAllLines(csv, simulation.Curve.Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Seconds},{c.Committed},{c.Leased},{c.Nodes}")).Prepend("seconds,committed,leased,nodes"));
        Plot.Csv(csv, Report.PathOf("simulation.png"), "seconds", [new PlotPanel("Shards committed", ["committed"]), new PlotPanel("Shards leased, nodes there", ["leased", "nodes"])]);
        File.Delete(csv);
    }
}
