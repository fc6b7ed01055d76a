using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HandsOff.Silo.Api;

/// <summary>
/// Looks at the cluster every second, once for all who watch, and keeps the throughput of the last half hour. It asks only the
/// coordinators of datasets that may move; finished ones are known from storage.
/// </summary>
internal sealed partial class ClusterMonitor(DatasetPoll datasets, NodePoll nodes, DatasetService service, TimeProvider time, ILogger<ClusterMonitor> log) : BackgroundService
{
    private static readonly TimeSpan s_every = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<Channel<ClusterView>, bool> _watchers = new();
    private readonly RateHistory _history = new();
    private readonly SemaphoreSlim _now = new(0);

    /// <summary>The cluster as it was seen last.</summary>
    public ClusterView Latest { get; private set; } = new(0, time.GetUtcNow(), 0, [], []);

    public HistoryView History => _history.View;

    /// <summary>The rate of a dataset as it was seen last.</summary>
    public (double PerSecond, TimeSpan? Left) RateOf(string name) => datasets.RateOf(name);

    /// <summary>The cluster now, and again after every change. Who is slow misses steps, never the last one.</summary>
    public async IAsyncEnumerable<ClusterView> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var channel = Channel.CreateBounded<ClusterView>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
        _watchers[channel] = true;
        try
        {
            channel.Writer.TryWrite(Latest);
            await foreach (var view in channel.Reader.ReadAllAsync(cancellationToken)) yield return view;
        }
        finally
        {
            _watchers.TryRemove(channel, out _);
        }
    }

    public override void Dispose()
    {
        _now.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        void LookNow(string name)
        {
            datasets.Expect(name);
            if (_now.CurrentCount == 0) _now.Release();
        }

        service.Touched += LookNow;
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                await LookAsync(stoppingToken);
                await _now.WaitAsync(s_every, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The silo leaves.
        }
        finally
        {
            service.Touched -= LookNow;
            foreach (var watcher in _watchers.Keys) watcher.Writer.TryComplete();
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            var seen = await datasets.LookAsync(cancellationToken);
            var there = await nodes.LookAsync(cancellationToken);
            var view = new ClusterView(Latest.Sequence + 1, time.GetUtcNow(), Math.Round(seen.Sum(d => d.Rate), 2), seen, there);
            _history.Add(view);
            Latest = view;
            foreach (var watcher in _watchers.Keys) watcher.Writer.TryWrite(view);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            LogLookFailed(e); // the cluster is changing: the next look is a second away
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "the cluster could not be looked at; tried again in a second")]
    private partial void LogLookFailed(Exception error);
}
