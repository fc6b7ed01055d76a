namespace HandsOff.Core.Datasets;

/// <summary>A shard's outcome and figures.</summary>
public sealed record ShardResult
{
    public required ShardOutcome Outcome { get; init; }

    /// <summary>The receipt on storage, whoever wrote it; null when a violation kept the shard from being committed.</summary>
    public required ShardReceipt? Receipt { get; init; }

    /// <summary>Draws discarded as too uncertain.</summary>
    public long Rejected { get; init; }

    /// <summary>Samples kept although too uncertain.</summary>
    public long Flagged { get; init; }

    public StageTimes Stages { get; init; } = new();

    /// <summary>From start to end of this attempt.</summary>
    public double Seconds { get; init; }

    /// <summary>What a violation was, in one line; empty otherwise.</summary>
    public string Violation { get; init; } = "";
}
