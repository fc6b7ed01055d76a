using System.Globalization;
using HandsOff.Core.Datasets;
using HandsOff.Grains.Coordination;
using HandsOff.Grains.Scheduling;

namespace HandsOff.Silo.Api;

/// <summary>A dataset's figures at one moment.</summary>
public sealed record DatasetView
{
    public required string Name { get; init; }

    public required DatasetPhase Phase { get; init; }

    /// <summary>It will not change any more by itself.</summary>
    public bool Over { get; init; }

    /// <summary>Why it failed or what it waits for; empty otherwise.</summary>
    public string Message { get; init; } = "";

    public long Samples { get; init; }

    public long SamplesCommitted { get; init; }

    /// <summary>Samples done in shards that are not committed yet.</summary>
    public long SamplesInFlight { get; init; }

    public int Shards { get; init; }

    public int ShardsCommitted { get; init; }

    public int ShardsLeased { get; init; }

    public int ShardsPending { get; init; }

    /// <summary>Shards set aside, with their last error.</summary>
    public IReadOnlyList<PoisonShard> Poison { get; init; } = [];

    /// <summary>Draws discarded as too uncertain, in the coordinator's life.</summary>
    public long Rejected { get; init; }

    public long Flagged { get; init; }

    /// <summary>Bytes written, in the coordinator's life.</summary>
    public long Bytes { get; init; }

    public long Duplicates { get; init; }

    public long LeasesExpired { get; init; }

    public double Weight { get; init; }

    public int Priority { get; init; }

    /// <summary>Samples a second over the last seconds; 0 while it is not known.</summary>
    public double Rate { get; init; }

    /// <summary>Seconds left at that rate; null while it is not known.</summary>
    public double? EtaSeconds { get; init; }

    /// <summary>device, encode, upload or idle.</summary>
    public string Bottleneck { get; init; } = "idle";

    /// <summary>The figures of a coordinator's status.</summary>
    internal static DatasetView Of(string name, DatasetStatus status, double rate, TimeSpan? left) => new()
    {
        Name = name,
        Phase = status.Phase,
        Over = status.IsOver,
        Message = status.Message,
        Samples = status.Samples,
        SamplesCommitted = status.SamplesCommitted,
        SamplesInFlight = status.SamplesInFlight,
        Shards = status.Shards,
        ShardsCommitted = status.ShardsCommitted,
        ShardsLeased = status.ShardsLeased,
        ShardsPending = status.ShardsPending,
        Poison = status.Poison,
        Rejected = status.Rejected,
        Flagged = status.Flagged,
        Bytes = status.Bytes,
        Duplicates = status.Duplicates,
        LeasesExpired = status.LeasesExpired,
        Weight = status.Weight,
        Priority = status.Priority,
        Rate = status.IsOver ? 0 : Math.Round(rate, 2),
        EtaSeconds = status.IsOver ? null : left?.TotalSeconds,
        Bottleneck = status.Stages.Bottleneck,
    };

    /// <summary>The figures of a dataset whose coordinator is still reading receipts and knows none yet: those of its storage.</summary>
    internal static async Task<DatasetView> OpeningAsync(string name, DatasetState state, CancellationToken cancellationToken) =>
        await OfAsync(name, state, cancellationToken) with { Phase = DatasetPhase.Opening, Over = false };

    /// <summary>The figures of a dataset that nobody is making, from its storage alone: those of its manifest, or its receipts counted.</summary>
    internal static async Task<DatasetView> OfAsync(string name, DatasetState state, CancellationToken cancellationToken)
    {
        long samples = state.Manifest?.Samples ?? 0;
        int shards = state.Manifest?.Shards.Count ?? 0;
        if (state is { IsFinished: false, Samples: > 0 })
        {
            (samples, shards) = (0, 0);
            var plan = state.Plan;
            await foreach (var entry in state.Store.ListAsync(DatasetBlobs.Receipts, cancellationToken))
            {
                string stem = Path.GetFileNameWithoutExtension(entry.Name).Split("-n")[0];
                if (!int.TryParse(stem, NumberStyles.None, CultureInfo.InvariantCulture, out int shard) || shard >= plan.Count || plan[shard].Receipt != entry.Name) continue;
                shards++;
                samples += plan[shard].Count;
            }
        }

        return new DatasetView
        {
            Name = name,
            Phase = state.IsCancelled ? DatasetPhase.Cancelled : state.IsFinished ? DatasetPhase.Complete : DatasetPhase.Stopped,
            Over = true,
            Samples = state.Samples,
            SamplesCommitted = samples,
            Shards = state.Samples > 0 ? state.Plan.Count : 0,
            ShardsCommitted = shards,
        };
    }
}
