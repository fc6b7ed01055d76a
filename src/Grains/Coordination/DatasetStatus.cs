using System.Collections.Immutable;
using HandsOff.Core.Datasets;
using HandsOff.Grains.Scheduling;

namespace HandsOff.Grains.Coordination;

/// <summary>A dataset's figures at one moment.</summary>
[GenerateSerializer, Immutable, Alias("handsoff.dataset-status")]
public sealed record DatasetStatus
{
    [Id(0)] public required string Dataset { get; init; }

    [Id(1)] public required DatasetPhase Phase { get; init; }

    /// <summary>Why it failed or what it waits for; empty otherwise.</summary>
    [Id(2)] public string Message { get; init; } = "";

    /// <summary>Exit code that fits the failure (2: the order was wrong).</summary>
    [Id(3)] public int ExitCode { get; init; }

    /// <summary>Samples asked for.</summary>
    [Id(4)] public long Samples { get; init; }

    /// <summary>Samples of committed shards.</summary>
    [Id(5)] public long SamplesCommitted { get; init; }

    /// <summary>Samples done in shards that are not committed yet.</summary>
    [Id(6)] public long SamplesInFlight { get; init; }

    /// <summary>Shards of the plan.</summary>
    [Id(7)] public int Shards { get; init; }

    [Id(8)] public int ShardsCommitted { get; init; }

    [Id(9)] public int ShardsLeased { get; init; }

    [Id(10)] public int ShardsPending { get; init; }

    /// <summary>Shards that had a receipt when this coordinator opened the dataset.</summary>
    [Id(11)] public int ShardsFound { get; init; }

    /// <summary>Samples of those.</summary>
    [Id(12)] public long SamplesFound { get; init; }

    /// <summary>Shards set aside.</summary>
    [Id(13)] public ImmutableArray<PoisonShard> Poison { get; init; } = [];

    /// <summary>Draws discarded because the labeler was too uncertain (this coordinator's life).</summary>
    [Id(14)] public long Rejected { get; init; }

    /// <summary>Samples kept although too uncertain, because their attempts were used up (this coordinator's life).</summary>
    [Id(15)] public long Flagged { get; init; }

    /// <summary>Bytes written to storage (this coordinator's life).</summary>
    [Id(16)] public long Bytes { get; init; }

    /// <summary>Commits that found an equal shard there already.</summary>
    [Id(17)] public long Duplicates { get; init; }

    /// <summary>Leases that ended because nobody renewed them.</summary>
    [Id(18)] public long LeasesExpired { get; init; }

    /// <summary>Shards given to a second node at the tail.</summary>
    [Id(19)] public int Backups { get; init; }

    /// <summary>Seconds the stages worked and waited, summed over the shards made so far.</summary>
    [Id(20)] public StageTimes Stages { get; init; } = new();

    /// <summary>The kernel class of the shards made so far, in words; empty before the first.</summary>
    [Id(21)] public string KernelClass { get; init; } = "";

    /// <summary>Why the last command was not followed (exit code 2); empty when it was. The rest is the dataset as it is.</summary>
    [Id(22)] public string Refused { get; init; } = "";

    /// <summary>Its part of the nodes' time beside others of its priority.</summary>
    [Id(23)] public double Weight { get; init; } = 1;

    /// <summary>Higher ones are served first.</summary>
    [Id(24)] public int Priority { get; init; }

    /// <summary>Nodes that get nothing for a while, because they failed or fell silent again and again.</summary>
    [Id(25)] public ImmutableArray<string> Quarantined { get; init; } = [];

    /// <summary>Leases that ended with the work unfinished: <see cref="LeasesExpired"/>, and those whose node is gone, came back anew or hangs.</summary>
    [Id(26)] public long LeasesLost { get; init; }

    /// <summary>Neither running nor about to, nor paused.</summary>
    public bool IsOver => Phase is DatasetPhase.Complete or DatasetPhase.Stopped or DatasetPhase.Failed or DatasetPhase.Cancelled;
}
