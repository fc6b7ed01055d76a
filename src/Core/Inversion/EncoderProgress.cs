namespace HandsOff.Core.Inversion;

/// <summary>Where an encoder's training stands.</summary>
/// <param name="Phase">Phase.</param>
/// <param name="Iteration">Steps done in the phase.</param>
/// <param name="Iterations">The phase's cap.</param>
/// <param name="Loss">The step's loss.</param>
/// <param name="StepsPerSecond">Rate since this process began.</param>
/// <param name="Remaining">Time to the caps or the time limit, whichever is sooner, at this phase's rate.</param>
/// <param name="Measurement">Set when the step ended with a measurement.</param>
public sealed record EncoderProgress(EncoderPhase Phase, int Iteration, int Iterations, double Loss, double StepsPerSecond, TimeSpan Remaining, EncoderMeasurement? Measurement);
