namespace HandsOff.Core.Datasets.Timing;

/// <summary>When a stage first and last worked on a shard, and the seconds it worked in between (threads summed).</summary>
public readonly record struct StageSpan(ShardStage Stage, DateTimeOffset First, DateTimeOffset Last, double Worked);
