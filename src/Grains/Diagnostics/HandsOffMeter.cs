using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace HandsOff.Grains.Diagnostics;

/// <summary>The instruments of meter <c>HandsOff</c> and its activity source. Never a label a shard or a sample.</summary>
public sealed class HandsOffMeter
{
    /// <summary>Name of the meter and of the activity source.</summary>
    public const string Name = "HandsOff";

    /// <summary>One activity a shard.</summary>
    public static readonly ActivitySource Activities = new(Name);

    private readonly Counter<long> _samples, _shards, _bytes, _violations, _expired;
    private readonly Histogram<double> _shardSeconds, _stageSeconds;

    public HandsOffMeter(IMeterFactory factory)
    {
        var meter = factory.Create(Name);
        _samples = meter.CreateCounter<long>("handsoff.samples", "{sample}", "Samples of committed shards.");
        _shards = meter.CreateCounter<long>("handsoff.shards", "{shard}", "Shards by outcome: created, duplicate, failed, lost.");
        _bytes = meter.CreateCounter<long>("handsoff.bytes.uploaded", "By", "Bytes written to storage.");
        _violations = meter.CreateCounter<long>("handsoff.determinism.violations", "{shard}", "Shards whose bytes differ from those of an earlier commit.");
        _expired = meter.CreateCounter<long>("handsoff.leases.expired", "{lease}", "Leases that ended because nobody renewed them.");
        _shardSeconds = meter.CreateHistogram<double>("handsoff.shard.duration", "s", "From lease to receipt.");
        _stageSeconds = meter.CreateHistogram<double>("handsoff.stage.duration", "s", "Seconds a shard that a stage worked.");
    }

    /// <summary>A shard was committed (or found equal).</summary>
    internal void Committed(string node, int samples, Coordination.ShardDone done)
    {
        var by = new KeyValuePair<string, object?>("node", node);
        _shards.Add(1, by, new("outcome", done.Duplicate ? "duplicate" : "created"));
        if (!done.Duplicate) _samples.Add(samples, by);
        _bytes.Add(done.Bytes, by);
        _shardSeconds.Record(done.Seconds, by);
        _stageSeconds.Record(done.Stages.Generate, by, new("stage", "generate"));
        _stageSeconds.Record(done.Stages.Encode, by, new("stage", "encode"));
        _stageSeconds.Record(done.Stages.Write, by, new("stage", "upload"));
        _stageSeconds.Record(done.Stages.Commit, by, new("stage", "commit"));
    }

    /// <summary>A shard was not committed: <c>failed</c> or <c>lost</c>.</summary>
    internal void NotCommitted(string node, string outcome) => _shards.Add(1, new("node", node), new("outcome", outcome));

    internal void Violation(string node) => _violations.Add(1, new KeyValuePair<string, object?>("node", node));

    internal void Expired(long leases)
    {
        if (leases > 0) _expired.Add(leases);
    }
}
