using System.Diagnostics;
using System.Diagnostics.Metrics;
using HandsOff.Core.Datasets;
using HandsOff.Core.Datasets.Timing;
using HandsOff.Grains.Coordination;
using HandsOff.Grains.Diagnostics;
using HandsOff.Grains.Nodes;
using HandsOff.Grains.Scheduling;
using HandsOff.Silo.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace HandsOff.Bench.Telemetry;

/// <summary>Microseconds of processor time that instruments and spans take where they stand.</summary>
internal sealed record InstrumentCosts(double Batch, double Store, double Shard)
{
    private const int Rounds = 5;

    /// <summary>A shard of 64 samples: 8 micro-batches of 8, about 10 store operations, itself.</summary>
    public double Of64 => (8 * Batch) + (10 * Store) + Shard;

    public static InstrumentCosts Measure(bool watched)
    {
        var services = new ServiceCollection().AddMetrics().AddLogging();
        if (watched)
        {
            var options = new TelemetryOptions { Silo = "bench", Devices = ["cpu"] };
            services.AddHandsOffTelemetry(options).WithTracing(t => t.AddHandsOffTraces(options).AddProcessor(new BatchActivityExportProcessor(new NoExporter())));
            services.AddSingleton(TimeProvider.System);
        }

        using var provider = services.BuildServiceProvider();
        if (watched) _ = (provider.GetRequiredService<MeterProvider>(), provider.GetRequiredService<TracerProvider>());
        var factory = provider.GetRequiredService<IMeterFactory>();
        var meter = new HandsOffMeter(factory);
        var stores = new StoreMeter(factory, TimeProvider.System);
        var done = new ShardDone { LeaseId = "x-1", Shard = 1, Count = 64, Bytes = 1 << 20, Seconds = 3, Stages = new StageTimes { Generate = 1, Label = 2, Encode = 0.3, Write = 0.1, Commit = 0.1 } };
        using var work = new ShardWork(new DatasetShare("/data/cats"), RequestText.Of("{}"), new ShardGrant("x-1", 1, 64, 64), CancellationToken.None) { Asked = TimeProvider.System.GetUtcNow(), Granted = TimeProvider.System.GetUtcNow() };
        return new InstrumentCosts(
            Micros(20_000, () => meter.Batch("a/cpu:0", 0.1, 8)),
            Micros(20_000, () => stores.RunAsync(StoreOperation.Create, () => Task.FromResult(true)).GetAwaiter().GetResult()),
            Micros(3_000, () =>
            {
                using var trace = ShardTrace.Begin("a/cpu:0", work);
                var timeline = new ShardTimeline(TimeProvider.System);
                foreach (var stage in Enum.GetValues<ShardStage>()) timeline.Add(stage, 1, 2);
                ShardTrace.Stages(Activity.Current, timeline, null);
                trace.End(done, null, lost: false);
                meter.Committed("a/cpu:0", 64, done);
            }));
    }

    /// <summary>The quickest of a few rounds: what disturbs makes it only longer.</summary>
    private static double Micros(int times, Action action)
    {
        double best = double.MaxValue;
        using var process = Process.GetCurrentProcess();
        for (int round = 0; round <= Rounds; round++)
        {
            process.Refresh();
            var cpu = process.TotalProcessorTime;
            for (int i = 0; i < times; i++) action();
            process.Refresh();
            double micros = (process.TotalProcessorTime - cpu).TotalMicroseconds / times;
            if (round > 0 && micros < best) best = micros; // round 0 warms up
        }

        return best;
    }

    private sealed class NoExporter : BaseExporter<Activity>
    {
        public override ExportResult Export(in Batch<Activity> batch) => ExportResult.Success;
    }
}
