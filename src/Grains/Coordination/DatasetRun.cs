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
    private static readonly TimeSpan s_soonest = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_latest = TimeSpan.FromSeconds(1);

    private readonly string _dataset;
    private readonly long _samples;
    private readonly int _shardSize;
    private readonly LedgerOptions _options;
    private readonly int _found;
    private readonly long _samplesFound;
    private long _samplesCommitted, _rejected, _flagged, _bytes, _duplicates;
    private StageTimes _stages = new();
    private string _kernelClass = "";

    /// <param name="dataset">The dataset's store.</param>
    /// <param name="samples">Samples asked for.</param>
    /// <param name="shardSize">Samples a shard.</param>
    /// <param name="committed">Shards that have their receipt.</param>
    /// <param name="options">The ledger's rules.</param>
    /// <param name="life">A word for this life of the coordinator (see <see cref="ShardLedger"/>).</param>
    public DatasetRun(string dataset, long samples, int shardSize, IReadOnlyCollection<int> committed, LedgerOptions options, string life)
    {
        (_dataset, _samples, _shardSize, _options) = (dataset, samples, shardSize, options);
        Ledger = new ShardLedger(checked((int)((samples + shardSize - 1) / shardSize)), committed, options, life);
        _found = Ledger.Committed;
        _samplesFound = _samplesCommitted = committed.Where(s => s < Ledger.Total).Sum(s => (long)CountOf(s));
    }

    public ShardLedger Ledger { get; }

    /// <summary>An error that stops the dataset as a whole; null while there is none.</summary>
    public string? Halted { get; private set; }

    /// <summary>Takes in a node's report and answers it. <paramref name="lease"/>: whether new shards may be given.</summary>
    public NodeOrders Exchange(NodeReport report, DatasetPhase phase, bool lease, DateTimeOffset now)
    {
        foreach (var done in report.Done) Completed(done, now);
        foreach (var failed in report.Failed)
        {
            if (failed.Kind == FailureKind.Dataset)
            {
                Halted ??= failed.Error;
                Ledger.Release(failed.LeaseId, now);
            }
            else
            {
                Ledger.Fail(failed.LeaseId, failed.Kind, failed.Error, now);
            }
        }

        foreach (string id in report.Returned) Ledger.Release(id, now);
        lease &= Halted is null;
        var lost = ImmutableArray.CreateBuilder<string>();
        foreach (var held in report.Held)
        {
            bool kept = lease
                && Ledger.Renew(held.LeaseId, held.Shard, report.Node, report.Epoch, held.Done / (double)CountOf(held.Shard), now) != RenewResult.Lost;
            if (kept) continue;
            Ledger.Release(held.LeaseId, now);
            lost.Add(held.LeaseId);
        }

        var grants = ImmutableArray.CreateBuilder<ShardGrant>();
        for (int i = 0; lease && i < report.Want && Ledger.Take(report.Node, report.Epoch, now) is { } given; i++)
            grants.Add(new ShardGrant(given.Id, given.Shard, (long)given.Shard * _shardSize, CountOf(given.Shard)));
        return new NodeOrders
        {
            Phase = phase,
            Grants = grants.ToImmutable(),
            Lost = lost.ToImmutable(),
            AskAgainIn = AskAgainIn(now),
            LeaseTime = _options.LeaseTime,
        };
    }

    /// <summary>The shard's blobs turned out lost or damaged: it is made again.</summary>
    public void Reopen(int shard, DateTimeOffset now)
    {
        if (!Ledger.IsCommitted(shard)) return;
        Ledger.Reopen(shard, now);
        _samplesCommitted -= CountOf(shard);
    }

    /// <summary>The figures now.</summary>
    public DatasetStatus Status(DatasetPhase phase, string message, int exitCode) => new()
    {
        Dataset = _dataset,
        Phase = phase,
        Message = message,
        ExitCode = exitCode,
        Samples = _samples,
        SamplesCommitted = _samplesCommitted,
        SamplesInFlight = Ledger.Leases.GroupBy(l => l.Shard).Sum(g => (long)(g.Max(l => l.Progress) * CountOf(g.Key))),
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
        Duplicates = _duplicates,
        LeasesExpired = Ledger.Expired,
        Backups = Ledger.BackupsGiven,
        Stages = _stages,
        KernelClass = _kernelClass,
    };

    private void Completed(ShardDone done, DateTimeOffset now)
    {
        if (!Ledger.Complete(done.Shard, done.LeaseId, now)) return; // a backup's loser, or the report's second hearing
        _samplesCommitted += CountOf(done.Shard);
        _rejected += done.Rejected;
        _flagged += done.Flagged;
        _bytes += done.Bytes;
        _stages += done.Stages;
        if (done.Duplicate) _duplicates++;
        if (done.KernelClass.Length > 0) _kernelClass = done.KernelClass;
    }

    private int CountOf(int shard) => (int)Math.Max(1, Math.Min(_shardSize, _samples - (long)shard * _shardSize));

    private TimeSpan AskAgainIn(DateTimeOffset now)
    {
        if (Ledger.NextEvent() is not { } next) return s_latest;
        var wait = next - now;
        return wait < s_soonest ? s_soonest : wait > s_latest ? s_latest : wait;
    }
}
