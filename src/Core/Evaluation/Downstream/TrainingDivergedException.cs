namespace HandsOff.Core.Evaluation.Downstream;

/// <summary>A training whose loss is not a number any more: its rate is too high. A search over rates goes on without it.</summary>
public sealed class TrainingDivergedException(string message) : HandsOffException(message);
