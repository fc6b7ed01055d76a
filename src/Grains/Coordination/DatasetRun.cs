using System.Collections.Immutable;
using HandsOff.Core.Datasets;
using HandsOff.Grains.Scheduling;

namespace HandsOff.Grains.Coordination;

/// <summary>
/// A dataset being made: the ledger, and the sums of what nodes report. Pure as the ledger is (time handed in, nothing
/// awaited), so tests and the simulator run the very class that the coordinator wraps.
/// </summary>
public sealed class DatasetRun
{
    // What all nodes together should not exceed with calls that tell nothing new.
    private const double CallsPerSecond = 1000;

    // Shards set aside, before any was committed, after which it is not the samples' fault.
    private const int Hopeless = 3;

    // Silos whose nodes say that no shard can be made, after which it is believed although others do well.
    private const int Several = 3;

    // A message is one line.
    private const int MostNamed = 20;

    private static readonly TimeSpan s_soonest = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_latest = TimeSpan.FromSeconds(1);

    private readonly string _dataset;
    private readonly long _samples;
    private readonly int _shardSize;
    private readonly LedgerOptions _options;
    private readonly int _found;
    private readonly long _samplesFound;
    private long _samplesCommitted, _rejected, _flagged, _bytes;
    private readonly HashSet<string> _absorbed = new(StringComparer.Ordinal); // leases whose commit found an equal shard there
    private StageTimes _stages = new();
    private string _kernelClass = "";
    private readonly StoreTrouble _store;
    private readonly RequestText _request;
    private readonly HashSet<string> _broken = new(StringComparer.Ordinal); // silos that said so and have committed nothing since

    /// <param name="dataset">The dataset's store.</param>
    /// <param name="samples">Samples asked for.</param>
    /// <param name="shardSize">Samples a shard.</param>
    /// <param name="committed">Shards that have their receipt.</param>
    /// <param name="options">The ledger's rules.</param>
    /// <param name="life">A word for this life of the coordinator (see <see cref="ShardLedger"/>).</param>
    /// <param name="request">The request's JSON.</param>
    public DatasetRun(string dataset, long samples, int shardSize, IReadOnlyCollection<int> committed, LedgerOptions options, string life, string request = "")
    {
        (_dataset, _samples, _shardSize, _options) = (dataset, samples, shardSize, options);
        Ledger = new ShardLedger(checked((int)((samples + shardSize - 1) / shardSize)), committed, options, life, shard => new SampleRange((long)shard * shardSize, CountOf(shard)));
        _store = new StoreTrouble(options);
        _request = RequestText.Of(request);
        _found = Ledger.Committed;
        _samplesFound = _samplesCommitted = committed.Where(s => s < Ledger.Total).Sum(s => (long)CountOf(s));
    }

    public ShardLedger Ledger { get; }

    /// <summary>
    /// Before, nothing is given: nodes that work on shards since a former life of the coordinator must have the time to say so, or the same shards
    /// would be given to others.
    /// </summary>
    public DateTimeOffset AdoptsUntil { get; init; } = DateTimeOffset.MinValue;

    /// <summary>An error that stops the dataset as a whole; null while there is none.</summary>
    public string? Halted { get; private set; }

    /// <summary>What it waits for, in words; empty when it goes on.</summary>
    public string Waiting => _store.Message;

    /// <summary>Takes in a node's report and answers it: grants while Running, keeps the work in hand while Running or Paused, ends it otherwise.</summary>
    public NodeOrders Exchange(NodeReport report, DatasetPhase phase, DateTimeOffset now)
    {
        Hear(report, now);
        bool keep = phase is DatasetPhase.Running or DatasetPhase.Paused && Halted is null && IsOurs(report);
        bool grant = phase is DatasetPhase.Running && Halted is null && now >= AdoptsUntil && !_store.Holds(now);
        if (report.Sequence > 0) Ledger.ReleaseUnheld(report.Node, report.Epoch, report.Sequence, report.Held.Select(h => h.LeaseId).ToHashSet(StringComparer.Ordinal), now);
        var lost = ImmutableArray.CreateBuilder<string>();
        foreach (var held in report.Held)
        {
            // A lease of a former life must be for the shard as it is now: not for a part, nor for the short last one of a smaller count.
            bool kept = keep && (held.Count == CountOf(held.Shard) || Ledger.Holds(held.LeaseId))
                && Ledger.Renew(held.LeaseId, held.Shard, report.Node, report.Epoch, held.Done / (double)Math.Max(1, held.Count), now) != RenewResult.Lost;
            if (kept) continue;
            Ledger.Release(held.LeaseId, now);
            lost.Add(held.LeaseId);
        }

        var grants = ImmutableArray.CreateBuilder<ShardGrant>();
        for (int i = 0; grant && i < report.Want && Ledger.Take(report.Node, report.Epoch, now) is { } given; i++)
        {
            given.Report = report.Sequence;
            var part = given.Probe ?? new SampleRange((long)given.Shard * _shardSize, CountOf(given.Shard));
            grants.Add(new ShardGrant(given.Id, given.Shard, part.First, part.Count, Probe: given.Probe is not null));
        }

        return new NodeOrders
        {
            Phase = phase,
            Grants = grants.ToImmutable(),
            Lost = lost.ToImmutable(),
            AskAgainIn = AskAgainIn(now),
            LeaseTime = _options.LeaseTime,
            Request = grants.Count > 0 && report.Request != _request.Sha256 ? _request.Json : "",
            ReportEvery = Spread(CallsPerSecond, TimeSpan.Zero, _options.LeaseTime / 3),
        };
    }

    /// <summary>Takes in what a report says was finished, failed or given back.</summary>
    public void Hear(NodeReport report, DateTimeOffset now)
    {
        if (!IsOurs(report)) return;
        foreach (var done in report.Done) Completed(done, report.Node, now);
        foreach (var failed in report.Failed) Failed(failed, report.Node, now);
        foreach (string id in report.Returned) Ledger.Release(id, now);
    }

    /// <summary>A silo is gone for certain: its nodes' leases end.</summary>
    public void Forget(string silo, DateTimeOffset now) => Ledger.Forget(node => node.StartsWith(silo + "/", StringComparison.Ordinal), now);

    /// <summary>The shard's blobs turned out lost or damaged: it is made again.</summary>
    public void Reopen(int shard, DateTimeOffset now)
    {
        if (!Ledger.IsCommitted(shard)) return;
        Ledger.Reopen(shard, now);
        _samplesCommitted -= CountOf(shard);
    }

    /// <summary>Why it ends without being complete, in one line.</summary>
    public string Incomplete()
    {
        var poison = Ledger.Poison;
        PoisonSample[] samples = [.. poison.SelectMany(p => p.Samples)];
        int whole = poison.Count(p => p.Samples.IsEmpty);
        var parts = new List<string>();
        if (samples.Length > 0)
        {
            string indexes = string.Join(", ", samples.Take(MostNamed).Select(s => s.Index)) + (samples.Length > MostNamed ? $" and {samples.Length - MostNamed} more" : "");
            parts.Add($"{(samples.Length == 1 ? "sample" : "samples")} {indexes} cannot be made ({samples[0].Error})");
        }

        if (whole > 0)
        {
            var first = poison.First(p => p.Samples.IsEmpty);
            parts.Add($"shard {first.Shard} could not be made: {first.Error}{(whole > 1 ? $" ({whole - 1} more shards failed)" : "")}");
        }

        string missing = poison.Count == 1 ? $"shard {poison[0].Shard} is missing" : $"{poison.Count} shards are missing";
        return $"{string.Join("; ", parts)}; {missing}, all {Ledger.Committed} others are committed; start it again to try once more";
    }

    /// <summary>The figures now.</summary>
    public DatasetStatus Status(DatasetPhase phase, DateTimeOffset now) => new()
    {
        Dataset = _dataset,
        Phase = phase,
        Samples = _samples,
        SamplesCommitted = _samplesCommitted,
        SamplesInFlight = Ledger.AllLeases.Where(l => l.Probe is null).GroupBy(l => l.Shard).Sum(g => (long)(g.Max(l => l.Progress) * CountOf(g.Key))),
        Shards = Ledger.Total,
        ShardsCommitted = Ledger.Committed,
        ShardsLeased = Ledger.Leased,
        ShardsPending = Ledger.Pending,
        ShardsFound = _found,
        SamplesFound = _samplesFound,
        Poison = [.. Ledger.Poison],
        Rejected = _rejected,
        Flagged = _flagged,
        Bytes = _bytes,
        Duplicates = _absorbed.Count,
        LeasesExpired = Ledger.Expired,
        LeasesLost = Ledger.Lost,
        Backups = Ledger.BackupsGiven,
        Stages = _stages,
        KernelClass = _kernelClass,
        Quarantined = [.. Ledger.Quarantined(now)],
    };

    /// <summary>
    /// A node says that no shard can be made. What is wrong may be wrong with its machine only (a full cache, a missing mount): it is believed when no node
    /// of another silo does well, or several silos say so.
    /// </summary>
    private bool Believed(string node, DateTimeOffset now)
    {
        _broken.Add(SiloOf(node));
        return _broken.Count >= Several || !Ledger.IsAnyHealthy(other => !_broken.Contains(SiloOf(other)), now);
    }

    private static string SiloOf(string node) => node[..Math.Max(0, node.LastIndexOf('/'))];

    /// <summary>False when it is about a dataset that had this name before: what was made or is in hand there is none of ours.</summary>
    private bool IsOurs(NodeReport report) => report.Request.Length == 0 || report.Request == _request.Sha256;

    private void Failed(ShardFailed failed, string node, DateTimeOffset now)
    {
        switch (failed.Kind)
        {
            case FailureKind.Dataset when !Believed(node, now):
                Ledger.Blame(failed.LeaseId, now);
                break;
            case FailureKind.Dataset:
                Halted ??= failed.Error;
                Ledger.Release(failed.LeaseId, now);
                break;
            case FailureKind.Outage when _store.Postpone(failed.Shard, failed.Error, Ledger.Committed, now) is { } later:
                Ledger.Release(failed.LeaseId, later);
                break;
            default:
                Ledger.Fail(failed.LeaseId, failed.Kind, failed.Error, now);
                if (Ledger.Poison.Count >= Hopeless && Ledger.Committed == _found) Halted ??= $"no shard can be made, {Hopeless} were tried to the end: {failed.Error}";
                break;
        }
    }

    private void Completed(ShardDone done, string node, DateTimeOffset now)
    {
        if (done.Probe)
        {
            Ledger.ProbeClean(done.LeaseId, now);
            return;
        }

        if (done.Count != CountOf(done.Shard))
        {
            Ledger.Release(done.LeaseId, now); // the short last shard of a smaller count: its full successor is still to be made
            return;
        }

        _store.Answered();
        _broken.Remove(SiloOf(node));
        bool first = Ledger.Complete(done.Shard, done.LeaseId, now);
        if (done.Duplicate) _absorbed.Add(done.LeaseId);
        if (!first) return; // a backup's loser, one that came late, or the report's second hearing
        _samplesCommitted += CountOf(done.Shard);
        _rejected += done.Rejected;
        _flagged += done.Flagged;
        _bytes += done.Bytes;
        _stages += done.Stages;
        if (done.KernelClass.Length > 0) _kernelClass = done.KernelClass;
    }

    private int CountOf(int shard) => (int)Math.Max(1, Math.Min(_shardSize, _samples - (long)shard * _shardSize));

    private TimeSpan AskAgainIn(DateTimeOffset now)
    {
        // Of many idle nodes some ask every moment: each need not ask often. A lease that may run out is no reason to ask sooner.
        var (soonest, latest) = (Spread(CallsPerSecond, s_soonest, _options.LeaseTime / 3), Spread(CallsPerSecond, s_latest, _options.LeaseTime / 3));
        // What is due already and was not given is not for this node.
        var next = now < AdoptsUntil ? AdoptsUntil : _store.Holds(now) ? _store.Until : Ledger.NextRetry();
        if (next is not { } due || due <= now) return latest;
        var wait = due - now;
        return wait < soonest ? soonest : wait > latest ? latest : wait;
    }

    /// <summary>The time between a node's calls at which all nodes together make so many a second.</summary>
    private TimeSpan Spread(double callsPerSecond, TimeSpan least, TimeSpan most)
    {
        var even = TimeSpan.FromSeconds(Ledger.Nodes / callsPerSecond);
        return even < least ? least : even > most ? most : even;
    }
}
