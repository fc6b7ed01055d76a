namespace HandsOff.Core.Evaluation.Experiments;

/// <summary>What one kind of stage took in an experiment.</summary>
/// <param name="Stages">How many of them.</param>
/// <param name="Seconds">Their seconds together, when they were made. One that was stopped counts from its last start.</param>
public sealed record StageTime(int Stages, double Seconds);
