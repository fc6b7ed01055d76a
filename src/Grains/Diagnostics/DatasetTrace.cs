using System.Diagnostics;
using HandsOff.Grains.Coordination;

namespace HandsOff.Grains.Diagnostics;

/// <summary>
/// The span of a dataset in a coordinator's life: from opening to end, a child of the call that asked for it. Shards are traces of their own
/// that link to it, so that a million of them stay viewable.
/// </summary>
internal sealed class DatasetTrace
{
    private Activity? _span;

    /// <summary>The span's W3C id, for nodes to link to; empty when nobody listens.</summary>
    public string Id => _span?.Id ?? "";

    public void Begin(string dataset)
    {
        End(null);
        var caller = Activity.Current;
        _span = HandsOffMeter.Activities.StartActivity("dataset");
        _span?.SetTag("handsoff.dataset", DatasetLabel.Of(dataset)).SetTag("handsoff.store", dataset);
        Activity.Current = caller; // it outlives this call
    }

    /// <summary>Null: this coordinator leaves, the dataset goes on elsewhere.</summary>
    public void End(DatasetStatus? status)
    {
        if (_span is not { } span) return;
        _span = null;
        var current = Activity.Current;
        if (status is not null)
        {
            span.SetTag("handsoff.phase", status.Phase.ToString().ToLowerInvariant()).SetTag("handsoff.samples", status.SamplesCommitted).SetTag("handsoff.shards", status.ShardsCommitted);
            if (status.Phase == DatasetPhase.Failed) span.SetStatus(ActivityStatusCode.Error, status.Message);
        }

        span.Stop();
        Activity.Current = current == span ? null : current;
    }
}
