using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using HandsOff.Bench.Datasets;
using HandsOff.Bench.Generators;
using HandsOff.Core;
using HandsOff.Core.Datasets;
using HandsOff.Core.Pairs;
using HandsOff.Grains;
using HandsOff.Grains.Coordination;
using HandsOff.Grains.Diagnostics;
using HandsOff.Grains.Nodes;
using HandsOff.Silo.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace HandsOff.Bench.Telemetry;

/// <summary>
/// A silo that nobody watches beside one whose metrics are scraped every ten seconds (as deploy/ has it) and whose every trace is exported in batches, in alternating
/// rounds of the same run. Processor time is the fair measure on a machine that does other work too.
/// </summary>
internal static class TelemetryBenchmark
{
    public static int Run(string[] args)
    {
        int samples = GeneratorBenchmark.Option(args, "--samples", 512), blank = GeneratorBenchmark.Option(args, "--blank", 40000), rounds = GeneratorBenchmark.Option(args, "--rounds", 5);
        string folder = Directory.CreateTempSubdirectory("handsoff-bench-").FullName, machine = Report.Machine();
        try
        {
            var pair = TrialPair.Create(Path.Combine(folder, "pair"), 64);
            string real = CompareAsync(pair, samples, 64, rounds, folder).GetAwaiter().GetResult();
            string nothing = CompareAsync(null, blank, 500, rounds, folder).GetAwaiter().GetResult();
            var (scrape, kilobytes) = ScrapeCostAsync().GetAwaiter().GetResult();
            var off = InstrumentCosts.Measure(watched: false);
            var on = InstrumentCosts.Measure(watched: true);
            Report.Write("telemetry", $"""
                # What being watched costs

                `{Report.Command("telemetry", args)}`: a silo with one CPU node in this process, into a local
                folder; off: no telemetry; on: metrics scraped at once and every ten seconds, every trace recorded and exported in batches to nowhere. Alternating rounds, medians of {rounds}.

                A pair of 64x64 pixels, all labels, {samples} samples a round in shards of 64:

                {real}

                An engine that costs nothing, {blank} samples a round in shards of 500: all that is left is the pipeline, so this is the most that telemetry can cost.

                {nothing}

                Scrapes cost by the clock, samples by the processor: where other work takes the processors, a round lasts longer and is scraped more often, and the two
                tables above show more than telemetry costs. Take their ratios from a quiet machine only; the pieces below hold anywhere.

                The same piece by piece, in processor time of the process, the quickest of five rounds: other work on the machine hardly touches it:

                | | off, µs | on, µs |
                |---|---|---|
                | a micro-batch | {off.Batch:F2} | {on.Batch:F2} |
                | a store operation | {off.Store:F2} | {on.Store:F2} |
                | a shard: counters, histograms, its trace of seven spans | {off.Shard:F1} | {on.Shard:F1} |
                | a shard of 64 samples in all (8 micro-batches, 10 store operations) | {off.Of64:F1} | {on.Of64:F1} |

                One scrape: {scrape:F1} ms of processor time (its client and the idle silo included), {kilobytes:F0} KB; every ten seconds that is {scrape / 100:F3} % of a core.

                {machine}
                """);
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<string> CompareAsync(Pair? pair, int samples, int shardSize, int rounds, string folder)
    {
        var options = new DatasetOptions { Seed = 1, ShardSize = shardSize };
        var request = pair is null
            ? DatasetRequest.Create(options, samples, new PairReference("blank", new string('0', 64)), BlankEngine.Labels, 64, 64, _ => null)
            : PairRequests.Create(pair, options, samples);
        List<(double Wall, double Cpu)> off = [], on = [];
        for (int round = 0; round <= rounds; round++)
        {
            // Which goes first changes from round to round.
            foreach (bool watched in round % 2 == 0 ? (bool[])[false, true] : [true, false])
            {
                string store = Path.Combine(folder, Guid.NewGuid().ToString("n"));
                var measured = await RoundAsync(pair, request, samples, store, watched);
                Directory.Delete(store, recursive: true);
                if (round > 0) (watched ? on : off).Add(measured); // round 0 warms up
            }
        }

        double Rate(List<(double Wall, double Cpu)> of) => samples / Report.Median(of.Select(m => m.Wall));
        double Cpu(List<(double Wall, double Cpu)> of) => 1000 * Report.Median(of.Select(m => m.Cpu)) / samples;
        double ratio = Report.Median(on.Zip(off, (a, b) => a.Cpu / b.Cpu)), wall = Report.Median(on.Zip(off, (a, b) => b.Wall / a.Wall));
        return $"""
            | | samples/s | processor ms a sample |
            |---|---|---|
            | off | {Rate(off):F1} | {Cpu(off):F3} |
            | on | {Rate(on):F1} | {Cpu(on):F3} |
            | on / off, median of the rounds' ratios | {100 * wall:F1} % | {100 * ratio:F1} % |
            """;
    }

    private static async Task<(double Wall, double Cpu)> RoundAsync(Pair? pair, DatasetRequest request, int samples, string store, bool watched)
    {
        await using var app = Build(pair, watched, out var client);
        await app.StartAsync();
        using var stop = new CancellationTokenSource();
        var scraping = watched ? ScrapeAsync(app, client, stop.Token) : Task.CompletedTask;
        using var process = Process.GetCurrentProcess();
        var cpu = process.TotalProcessorTime;
        long start = Stopwatch.GetTimestamp();
        var dataset = app.Services.GetRequiredService<IGrainFactory>().GetGrain<IDatasetCoordinatorGrain>(store);
        var status = await dataset.Start(new DatasetOrder(Encoding.UTF8.GetString(request.ToJson()), samples));
        for (; !status.IsOver; status = await dataset.Status()) await Task.Delay(500); // as a client would: what the polls themselves cost is not the question
        process.Refresh();
        var measured = (Stopwatch.GetElapsedTime(start).TotalSeconds, (process.TotalProcessorTime - cpu).TotalSeconds);
        if (status.Phase != DatasetPhase.Complete) throw new HandsOffException($"bench: {status.Message}");
        await stop.CancelAsync();
        await scraping;
        client.Dispose();
        await app.StopAsync();
        return measured;
    }

    /// <summary>Processor milliseconds of a scrape of a silo that has made a dataset, and its size.</summary>
    private static async Task<(double Milliseconds, double Kilobytes)> ScrapeCostAsync()
    {
        const int Scrapes = 20;
        await using var app = Build(null, watched: true, out var client);
        await app.StartAsync();
        string address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single() + TelemetryHosting.MetricsPath;
        string text = await client.GetStringAsync(address);
        using var process = Process.GetCurrentProcess();
        var cpu = process.TotalProcessorTime;
        for (int i = 0; i < Scrapes; i++)
        {
            await Task.Delay(350); // the exporter keeps an answer for 300 ms
            text = await client.GetStringAsync(address);
        }

        process.Refresh();
        double spent = (process.TotalProcessorTime - cpu).TotalMilliseconds / Scrapes;
        client.Dispose();
        await app.StopAsync();
        return (spent, text.Length / 1024.0);
    }

    private static WebApplication Build(Pair? pair, bool watched, out HttpClient client)
    {
        int[] ports = [Port(), Port()];
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(k => k.Listen(IPAddress.Loopback, 0));
        builder.Host.UseOrleans(silo => silo.UseLocalhostClustering(ports[0], ports[1], serviceId: "bench", clusterId: $"bench-{ports[0]}").AddHandsOff());
        builder.Services.AddSingleton<INodeDevices>(s => new BenchDevices(pair, s.GetRequiredService<StoreMeter>()));
        if (watched)
        {
            var options = new TelemetryOptions { Silo = "bench", Devices = ["cpu"] };
            builder.Services.AddHandsOffTelemetry(options).WithTracing(t => t.AddHandsOffTraces(options).AddProcessor(new BatchActivityExportProcessor(new Nowhere())));
        }

        var app = builder.Build();
        if (watched) app.MapHandsOffMetrics();
        client = new HttpClient();
        return app;
    }

    private static async Task ScrapeAsync(WebApplication app, HttpClient client, CancellationToken stop)
    {
        string address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        while (!stop.IsCancellationRequested)
        {
            await client.GetStringAsync(address + TelemetryHosting.MetricsPath, CancellationToken.None);
            await Task.Delay(10_000, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static int Port()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private sealed class Nowhere : BaseExporter<Activity>
    {
        public override ExportResult Export(in Batch<Activity> batch)
        {
            foreach (var activity in batch) _ = activity.Id;
            return ExportResult.Success;
        }
    }
}
