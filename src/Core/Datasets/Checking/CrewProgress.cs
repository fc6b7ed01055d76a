namespace HandsOff.Core.Datasets.Checking;

/// <summary>How far a stage is.</summary>
/// <param name="Stage">Which.</param>
/// <param name="Done">Shards done.</param>
/// <param name="Shards">Shards in all.</param>
public readonly record struct CrewProgress(CrewStage Stage, int Done, int Shards);
