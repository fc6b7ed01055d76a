using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HandsOff.Silo.Api;

/// <summary>
/// Looks at the cluster every second, once for all who watch, and keeps the throughput of the last half hour; while nobody watches, every ten
/// seconds. It asks only the coordinators of datasets that may move; finished ones are known from storage.
/// </summary>
internal sealed partial class ClusterMonitor(DatasetPoll datasets, NodePoll nodes, DatasetService service, TimeProvider time, ILogger<ClusterMonitor> log) : BackgroundService
{
    private static readonly TimeSpan s_watched = TimeSpan.FromSeconds(1), s_unwatched = TimeSpan.FromSeconds(10), s_asked = TimeSpan.FromSeconds(30), s_patience = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<Channel<ClusterView>, bool> _watchers = new();
    private readonly RateHistory _history = new();
    private readonly SemaphoreSlim _now = new(0);
    private TaskCompletionSource _looked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private DateTimeOffset _asked = DateTimeOffset.MinValue;

    /// <summary>The cluster as it was seen last.</summary>
    public ClusterView Latest { get; private set; } = new(0, time.GetUtcNow(), 0, [], []);

    /// <summary>How long until the next look.</summary>
    internal TimeSpan Every => !_watchers.IsEmpty || time.GetUtcNow() - _asked < s_asked ? s_watched : s_unwatched;

    public HistoryView History => _history.View;

    /// <summary>The rate of a dataset as it was seen last.</summary>
    public (double PerSecond, TimeSpan? Left) RateOf(string name) => datasets.RateOf(name);

    /// <summary>The cluster as it was seen a second or two ago at most: looked at anew when nobody watched. An old view where the cluster does not answer.</summary>
    public async Task<ClusterView> LookedAtAsync(CancellationToken cancellationToken)
    {
        var looked = Volatile.Read(ref _looked).Task;
        _asked = time.GetUtcNow();
        if (Latest.Sequence > 0 && _asked - Latest.Time < 2 * s_watched) return Latest;
        LookNow();
        await looked.WaitAsync(s_patience, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        return Latest;
    }

    /// <summary>The cluster now, and again after every change. Who is slow misses steps, never the last one.</summary>
    public async IAsyncEnumerable<ClusterView> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var channel = Channel.CreateBounded<ClusterView>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
        _watchers[channel] = true;
        LookNow();
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
        void Touched(string name)
        {
            datasets.Expect(name);
            LookNow();
        }

        service.Touched += Touched;
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                await LookAsync(stoppingToken);
                await _now.WaitAsync(Every, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The silo leaves.
        }
        finally
        {
            service.Touched -= Touched;
            foreach (var watcher in _watchers.Keys) watcher.Writer.TryComplete();
        }
    }

    private void LookNow()
    {
        if (_now.CurrentCount == 0) _now.Release();
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
            Interlocked.Exchange(ref _looked, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            LogLookFailed(e); // the cluster is changing: the next look is a second away
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "the cluster could not be looked at; tried again soon")]
    private partial void LogLookFailed(Exception error);
}
