using System.Diagnostics;
using HandsOff.Core.Datasets;
using HandsOff.Core.Datasets.Timing;
using HandsOff.Grains.Coordination;
using HandsOff.Grains.Nodes;

namespace HandsOff.Grains.Diagnostics;

/// <summary>
/// One trace a shard: a root span linked to the dataset's, with a child for the lease and one a stage. Stages overlap and work in
/// pieces: a child lasts from its stage's first piece to its last, and says how many seconds of that it worked.
/// </summary>
internal sealed class ShardTrace : IDisposable
{
    private readonly Activity? _span;

    private ShardTrace(Activity? span) => _span = span;

    /// <summary>Begins the trace; it becomes the current one. Call it in a task of the shard's own.</summary>
    public static ShardTrace Begin(string node, ShardWork work)
    {
        Activity.Current = null; // a trace of its own, whatever woke the node
        ActivityLink[] links = ActivityContext.TryParse(work.DatasetTrace, null, isRemote: true, out var dataset) ? [new ActivityLink(dataset)] : [];
        var span = HandsOffMeter.Activities.StartActivity("shard", ActivityKind.Internal, default(ActivityContext), tags: null, links, work.Asked);
        if (span is null) return new ShardTrace(null);
        span.SetTag("handsoff.dataset", DatasetLabel.Of(work.Dataset.Dataset)).SetTag("handsoff.shard", work.Grant.Shard).SetTag("handsoff.node", node);
        span.SetTag("handsoff.lease", work.Grant.LeaseId).SetTag("handsoff.samples", work.Grant.Count);
        Child(span, "lease", work.Asked, work.Granted)?.Dispose();
        Activity.Current = span;
        return new ShardTrace(span);
    }

    /// <summary>Adds the stages and what the receipt says, to the shard's span that is current.</summary>
    public static void Stages(Activity? span, ShardTimeline timeline, ShardReceipt? receipt)
    {
        if (span is null) return;
        if (receipt is not null) span.SetTag("handsoff.digest", receipt.ContentSha256).SetTag("handsoff.attempt", receipt.AttemptId).SetTag("handsoff.bytes", receipt.Bytes);
        foreach (var stage in timeline.Spans)
        {
            using var child = Child(span, stage.Stage.ToString().ToLowerInvariant(), stage.First, stage.Last);
            child?.SetTag("handsoff.worked_seconds", Math.Round(stage.Worked, 6));
        }
    }

    public void End(ShardDone? done, Exception? error, bool lost)
    {
        if (_span is null) return;
        string outcome = done is not null ? (done.Duplicate ? "duplicate" : "created")
            : lost || error is OperationCanceledException ? "lost"
            : error is DeterminismViolationException ? "violation" : "failed";
        _span.SetTag("handsoff.outcome", outcome);
        if (outcome is not ("failed" or "violation")) return;
        _span.SetStatus(ActivityStatusCode.Error, error!.Message);
        _span.AddException(error);
    }

    public void Dispose() => _span?.Dispose();

    /// <summary>A child span of known times; it ends where it is disposed.</summary>
    private static Activity? Child(Activity parent, string name, DateTimeOffset from, DateTimeOffset to)
    {
        var child = HandsOffMeter.Activities.StartActivity(name, ActivityKind.Internal, parent.Context, startTime: from);
        child?.SetEndTime(to.UtcDateTime);
        return child;
    }
}
