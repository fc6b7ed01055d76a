using HandsOff.Core;
using HandsOff.Core.Datasets;
using HandsOff.Core.Pairs;
using HandsOff.Grains.Coordination;
using HandsOff.Silo.Devices;
using HandsOff.Silo.Hosting;
using Microsoft.Extensions.Logging;

namespace HandsOff.Client.Generating;

/// <summary>Makes a dataset on this machine: a cluster of one inside the process, followed until the dataset is complete.</summary>
internal sealed class LocalRun(RunOptions options, TimeProvider time)
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(200);

    /// <summary>Exit code of a run that was interrupted: 128 + SIGINT, as shells have it.</summary>
    public const int Interrupted = 130;

    /// <summary>Runs the order; 0 complete, 130 interrupted.</summary>
    /// <param name="state">The dataset as it is on storage.</param>
    /// <param name="pair">The pair it is made with.</param>
    /// <param name="order">What to make.</param>
    /// <param name="resume">The command that goes on after an interruption.</param>
    /// <param name="cancellationToken">Stops the run; what is committed stays.</param>
    /// <exception cref="HandsOffException">It failed.</exception>
    public async Task<int> RunAsync(DatasetState state, Pair pair, DatasetOrder order, string resume, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        string store = state.Store.Description;
        if (state.IsFinished) return Conclude(store, Finished(state), TimeSpan.Zero, resume);
        var devices = DeviceList.Parse(options.Devices, options.Threads);
        var engines = new PairEngines(options.Maps);
        engines.Add(pair);
        if (!options.Json) Console.WriteLine($"{order.Samples:N0} samples of {pair.Name} into {store}, {Words(devices)}; Ctrl-C stops, the same command goes on");

        DatasetStatus status;
        await using (var cluster = await EmbeddedCluster.StartAsync(
            new EmbeddedClusterOptions
            {
                Devices = devices,
                Engines = engines,
                Configuration = options.Settings,
                LogLevel = options.Verbose ? LogLevel.Information : LogLevel.Critical,
            },
            cancellationToken))
        {
            status = await ProgressViews.For(options.Json, time).ShowAsync(show => FollowAsync(cluster.Dataset(store), order, show, cancellationToken));
        }

        return Conclude(store, status, time.GetElapsedTime(started), resume);
    }

    private static async Task<DatasetStatus> FollowAsync(IDatasetCoordinatorGrain dataset, DatasetOrder order, Action<DatasetStatus> show, CancellationToken cancellationToken)
    {
        var status = await dataset.Start(order);
        while (!status.IsOver)
        {
            show(status);
            await Task.Delay(s_look, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            status = cancellationToken.IsCancellationRequested ? await dataset.Stop() : await dataset.Status();
        }

        show(status);
        return status;
    }

    private static DatasetStatus Finished(DatasetState state) => new()
    {
        Dataset = state.Store.Description,
        Phase = DatasetPhase.Complete,
        Samples = state.Samples,
        SamplesCommitted = state.Samples,
        SamplesFound = state.Samples,
        Shards = state.Plan.Count,
        ShardsCommitted = state.Plan.Count,
        ShardsFound = state.Plan.Count,
    };

    private int Conclude(string store, DatasetStatus status, TimeSpan took, string resume)
    {
        switch (status.Phase)
        {
            case DatasetPhase.Complete:
                if (options.Json) Console.WriteLine(RunSummary.Json(store, status, took));
                else RunSummary.Print(store, status, took);
                return 0;
            case DatasetPhase.Stopped:
                string kept = $"stopped: {status.ShardsCommitted} of {status.Shards} shards ({status.SamplesCommitted:N0} of {status.Samples:N0} samples) are committed in {store}";
                if (options.Json) Console.WriteLine(RunSummary.Json(store, status, took));
                Console.Error.WriteLine($"{kept}; go on with: {resume}");
                return Interrupted;
            default:
                throw new HandsOffException(status.Message, status.ExitCode == 0 ? HandsOffException.Failed : status.ExitCode);
        }
    }

    private static string Words(IReadOnlyList<string> devices)
    {
        int cpus = devices.Count(d => d.StartsWith("cpu", StringComparison.Ordinal));
        var words = devices.Where(d => !d.StartsWith("cpu", StringComparison.Ordinal)).ToList();
        if (cpus > 0) words.Add($"{cpus} CPU {(cpus == 1 ? "thread" : "threads")}");
        return string.Join(", ", words);
    }
}
