using System.Collections.Immutable;
using HandsOff.Grains.Coordination;
using HandsOff.Grains.Scheduling;

namespace HandsOff.Grains.Nodes;

/// <summary>
/// A node's talk with the scheduler and the open datasets' coordinators. Every call is short, a lost answer only means that the same
/// report is sent again, and one grain that does not answer keeps no other from being heard.
/// </summary>
internal sealed class NodeExchange(string node, IGrainFactory grains, ShardHands hands, TimeProvider time, Action<Exception> trouble, Action signal)
{
    /// <summary>How long a grain that failed is left alone at first.</summary>
    public static readonly TimeSpan AfterError = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan s_attachEvery = TimeSpan.FromSeconds(5);

    // What one grain that does not answer may keep the others waiting, a round.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    private readonly Dictionary<string, CoordinatorLink> _links = new(StringComparer.Ordinal);
    private readonly FairShare _share = new();
    private readonly long _epoch = time.GetUtcNow().UtcTicks;
    private IReadOnlyCollection<DatasetShare> _open = [];
    private Task<ImmutableArray<DatasetShare>>? _attaching;
    private DateTimeOffset _attached = DateTimeOffset.MinValue;
    private long _sequence;

    /// <summary>The next round should be no later than this after the last one.</summary>
    public TimeSpan Soonest { get; private set; }

    /// <summary>How often the coordinators want to hear of work in hand.</summary>
    public TimeSpan ReportEvery { get; private set; }

    private IClusterSchedulerGrain Scheduler => grains.GetGrain<IClusterSchedulerGrain>(0);

    public CoordinatorLink Link(string dataset)
    {
        if (!_links.TryGetValue(dataset, out var link)) _links.Add(dataset, link = new CoordinatorLink());
        return link;
    }

    /// <summary>A dataset had so many seconds of this device.</summary>
    public void Served(DatasetShare dataset, double seconds) => _share.Served(dataset, seconds);

    /// <summary>Whether the scheduler should be told of the node again.</summary>
    public bool AttachDue(bool atOnce) => _attaching is null && (atOnce || time.GetUtcNow() - _attached >= s_attachEvery);

    /// <summary>Tells the scheduler of the node; its answer is taken in by a round.</summary>
    public void Attach(NodeStatus status)
    {
        _attached = time.GetUtcNow();
        _attaching = Scheduler.Attach(status);
    }

    /// <summary>Tells everybody what they have coming and asks for work while there is room.</summary>
    public async Task RoundAsync(CancellationToken stop)
    {
        (Soonest, ReportEvery) = (TimeSpan.MaxValue, TimeSpan.Zero);
        await AttachAsync(stop);
        await ExchangeAllAsync(stop);
    }

    /// <summary>The last reports: what was finished, and the leases given back.</summary>
    public async Task LeaveAsync()
    {
        await Task.WhenAll(_links.Where(l => !l.Value.Outbox.IsEmpty)
            .Select(l => LastAsync(() => ExchangeAsync(l.Key, Report(l.Value, 0, [])))));
        await LastAsync(() => Scheduler.Detach(node));
    }

    /// <summary>
    /// Takes the scheduler's word on what there is to do, if it comes in time. While the scheduler is moving or gone, what was known holds on.
    /// </summary>
    private async Task AttachAsync(CancellationToken stop)
    {
        if (_attaching is not { } attaching || !await InTimeAsync(attaching, stop)) return;
        _attaching = null;
        try
        {
            _open = await attaching;
        }
        catch (Exception e)
        {
            trouble(e);
            Soon(AfterError);
        }
    }

    /// <summary>
    /// Asks for work in fair order, one coordinator after the other because what one gives need not be asked of the next; then tells the others
    /// what they have coming, all at once. One that does not answer in time, or fails, keeps no other from being heard: its answer is taken in when it comes.
    /// </summary>
    private async Task ExchangeAllAsync(CancellationToken stop)
    {
        long begun = time.GetTimestamp();
        foreach (var call in _links.Values.Select(l => l.Call).OfType<NodeCall>().Where(c => c.Answer.IsCompleted).ToArray()) await HearAsync(call, stop);
        var told = new HashSet<string>(StringComparer.Ordinal);
        var order = _share.Order(_open);
        foreach (var dataset in order)
        {
            int free = hands.Free;
            if (free == 0 || time.GetElapsedTime(begun) >= s_patience) break;
            if (Link(dataset.Dataset).AskAgain > time.GetUtcNow() || !told.Add(dataset.Dataset)) continue;
            if (Call(dataset, free) is { } call) await HearInTimeAsync([call], stop);
        }

        var others = order.Concat(hands.Works.Select(w => w.Dataset)).Concat(_links.Keys.Select(l => new DatasetShare(l)));
        await HearInTimeAsync([.. others.DistinctBy(d => d.Dataset).Where(d => !told.Contains(d.Dataset)).Select(d => Call(d, want: 0)).OfType<NodeCall>()], stop);
    }

    /// <summary>Sends the dataset's coordinator a report; null when there is nothing to say, or the one before is not answered yet.</summary>
    private NodeCall? Call(DatasetShare dataset, int want)
    {
        var link = Link(dataset.Dataset);
        var now = time.GetUtcNow();
        if (link.Call is not null) return null;
        if (link.SilentUntil > now)
        {
            Soon(link.SilentUntil - now);
            return null;
        }

        var held = hands.Held(dataset.Dataset);
        if (want <= 0 && held.Length == 0 && link.Outbox.IsEmpty) return null;
        var report = Report(link, want, held);
        return link.Call = new NodeCall(dataset, report, now, ExchangeAsync(dataset.Dataset, report));
    }

    private NodeReport Report(CoordinatorLink link, int want, HeldLease[] held) => link.Outbox.Report(node, _epoch, ++_sequence, want, held, link.Request);

    private async Task<NodeOrders> ExchangeAsync(string dataset, NodeReport report) => await grains.GetGrain<IDatasetCoordinatorGrain>(dataset).Exchange(report);

    /// <summary>Takes in the answers that come in time; the loop is woken for the others.</summary>
    private async Task HearInTimeAsync(NodeCall[] calls, CancellationToken stop)
    {
        if (calls.Length > 0) await InTimeAsync(Task.WhenAll(calls.Select(c => c.Answer)), stop);
        foreach (var call in calls)
        {
            if (call.Answer.IsCompleted) await HearAsync(call, stop);
            else _ = call.Answer.ContinueWith(_ => signal(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    /// <summary>Follows a coordinator's orders.</summary>
    private async Task HearAsync(NodeCall call, CancellationToken stop)
    {
        var link = Link(call.Dataset.Dataset);
        link.Call = null;
        NodeOrders orders;
        try
        {
            orders = await call.Answer;
        }
        catch (Exception e)
        {
            // It is moving or gone: leases outlive a few missed reports, and a node that leaves does so whether it can still be heard or not.
            trouble(e);
            Soon(link.Failed(time.GetUtcNow()));
            return;
        }

        link.Answered();
        link.Outbox.Told(call.Report);
        if (orders.Request.Length > 0) hands.LoseOthers(call.Dataset.Dataset, link.Take(orders.Request));
        if (orders.ReportEvery > ReportEvery) ReportEvery = orders.ReportEvery;
        foreach (string lost in orders.Lost) hands.Lose(lost);
        if (orders.Grants.Length < call.Report.Want)
        {
            link.AskAgain = call.Asked + orders.AskAgainIn;
            _share.HadNothing(call.Dataset);
            Soon(orders.AskAgainIn);
        }

        if (orders.LeaseTime > TimeSpan.Zero) Soon(orders.LeaseTime / 3);
        foreach (var grant in orders.Grants)
        {
            // An answer that came late finds the slots taken.
            if (hands.Free > 0 && link.Request is { } request) hands.Begin(new ShardWork(call.Dataset, request, grant, stop) { Asked = call.Asked, Granted = time.GetUtcNow(), DatasetTrace = orders.Trace });
            else link.Outbox.Returned.Add(grant.LeaseId);
        }
    }

    private async Task<bool> InTimeAsync(Task task, CancellationToken stop)
    {
        if (!task.IsCompleted)
        {
            using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
            await Task.WhenAny(task, Task.Delay(s_patience, time, over.Token));
            await over.CancelAsync();
        }

        return task.IsCompleted;
    }

    private async Task LastAsync(Func<Task> call)
    {
        try
        {
            await call().WaitAsync(s_patience, time);
        }
        catch (Exception e)
        {
            trouble(e); // the leases run out by themselves
        }
    }

    private void Soon(TimeSpan pause)
    {
        if (pause < Soonest) Soonest = pause;
    }
}
