using System.Diagnostics;
using System.Diagnostics.Metrics;
using HandsOff.Grains.Coordination;

namespace HandsOff.Grains.Diagnostics;

/// <summary>The counters and histograms of meter <c>HandsOff</c>, and its activity source. Never a label a shard or a sample.</summary>
public sealed class HandsOffMeter
{
    /// <summary>Name of the meter and of the activity source.</summary>
    public const string Name = "HandsOff";

    /// <summary>One trace a shard, linked to its dataset's.</summary>
    public static readonly ActivitySource Activities = new(Name);

    // From a toy's shard to an hour; batches are up to four orders quicker.
    private static readonly InstrumentAdvice<double> s_shardBuckets = new() { HistogramBucketBoundaries = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 60, 90, 120, 180, 300, 600, 1200, 3600] };
    private static readonly InstrumentAdvice<double> s_stageBuckets = new() { HistogramBucketBoundaries = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 60, 120, 300, 600, 1800] };
    private static readonly InstrumentAdvice<double> s_batchBuckets = new() { HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] };

    private readonly Counter<long> _samples, _wasted, _flagged, _shards, _bytes, _violations, _expired, _batchSamples;
    private readonly Histogram<double> _shardSeconds, _stageSeconds, _batchSeconds;

    public HandsOffMeter(IMeterFactory factory)
    {
        var meter = factory.Create(Name);
        _samples = meter.CreateCounter<long>("handsoff.samples", "{sample}", "Samples of committed shards.");
        _wasted = meter.CreateCounter<long>("handsoff.samples.wasted", "{sample}", "Samples made in vain, by reason: rejected (too uncertain), duplicate, lost, failed.");
        _flagged = meter.CreateCounter<long>("handsoff.samples.flagged", "{sample}", "Samples kept although too uncertain.");
        _shards = meter.CreateCounter<long>("handsoff.shards", "{shard}", "Shards by outcome: created, duplicate, failed, lost.");
        _bytes = meter.CreateCounter<long>("handsoff.uploaded", "By", "Bytes of committed shards.");
        _violations = meter.CreateCounter<long>("handsoff.determinism.violations", "{shard}", "Shards whose bytes differ from those of an earlier commit.");
        _expired = meter.CreateCounter<long>("handsoff.leases.expired", "{lease}", "Leases that ended because nobody renewed them.");
        _batchSamples = meter.CreateCounter<long>("handsoff.batch.samples", "{sample}", "Samples that went through micro-batches, redraws included.");
        _shardSeconds = meter.CreateHistogram("handsoff.shard.duration", "s", "From the begin of a shard to its receipt.", advice: s_shardBuckets);
        _stageSeconds = meter.CreateHistogram("handsoff.stage.duration", "s", "Seconds a shard that a stage worked: generate, label, encode, upload, commit.", advice: s_stageBuckets);
        _batchSeconds = meter.CreateHistogram("handsoff.batch.duration", "s", "Seconds of a micro-batch on its device.", advice: s_batchBuckets);
    }

    /// <summary>A node begins: its series exist from now on, so that the first event is seen as a rise.</summary>
    internal void Begin(string node)
    {
        var by = Node(node);
        foreach (var counter in new[] { _samples, _flagged, _bytes, _violations, _batchSamples }) counter.Add(0, by);
        foreach (string outcome in new[] { "created", "duplicate", "failed", "lost" }) _shards.Add(0, by, new("outcome", outcome));
        foreach (string reason in new[] { "rejected", "duplicate", "failed", "lost" }) _wasted.Add(0, by, new("reason", reason));
    }

    /// <summary>The same for what belongs to no node: coordinators live on silos without devices too.</summary>
    internal void Begin() => _expired.Add(0);

    /// <summary>A shard was committed (or found equal).</summary>
    internal void Committed(string node, int samples, ShardDone done)
    {
        var by = Node(node);
        _shards.Add(1, by, new("outcome", done.Duplicate ? "duplicate" : "created"));
        if (done.Duplicate) Wasted(by, "duplicate", samples);
        else _samples.Add(samples, by);
        Wasted(by, "rejected", done.Rejected);
        _flagged.Add(done.Flagged, by);
        _bytes.Add(done.Bytes, by);
        _shardSeconds.Record(done.Seconds, by);
        _stageSeconds.Record(done.Stages.Generate, by, new("stage", "generate"));
        _stageSeconds.Record(done.Stages.Label, by, new("stage", "label"));
        _stageSeconds.Record(done.Stages.Encode, by, new("stage", "encode"));
        _stageSeconds.Record(done.Stages.Write, by, new("stage", "upload"));
        _stageSeconds.Record(done.Stages.Commit, by, new("stage", "commit"));
    }

    /// <summary>A shard was not committed: <c>failed</c> or <c>lost</c>, with so many samples written.</summary>
    internal void NotCommitted(string node, string outcome, int samples)
    {
        _shards.Add(1, Node(node), new("outcome", outcome));
        Wasted(Node(node), outcome, samples);
    }

    internal void Violation(string node) => _violations.Add(1, Node(node));

    internal void Expired(long leases)
    {
        if (leases > 0) _expired.Add(leases);
    }

    internal void Batch(string node, double seconds, int samples)
    {
        _batchSeconds.Record(seconds, Node(node));
        _batchSamples.Add(samples, Node(node));
    }

    private void Wasted(KeyValuePair<string, object?> by, string reason, long samples)
    {
        if (samples > 0) _wasted.Add(samples, by, new("reason", reason));
    }

    private static KeyValuePair<string, object?> Node(string node) => new("node", node);
}
