namespace HandsOff.Core.Evaluation.Downstream;

/// <summary>A measurement during downstream training.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Loss">Mean training loss since the last one.</param>
/// <param name="Validation">The figure that choices are made by (<see cref="DenseEvaluation.Choice"/>).</param>
public sealed record DenseProgress(int Step, double Loss, double Validation);
