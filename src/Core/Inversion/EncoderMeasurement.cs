namespace HandsOff.Core.Inversion;

/// <summary>One row of the history: the encoder measured on the held-out photographs.</summary>
/// <param name="Phase">Phase of the training.</param>
/// <param name="Iteration">Steps done in that phase.</param>
/// <param name="Steps">Steps done in all.</param>
/// <param name="Seconds">Training time so far.</param>
/// <param name="Loss">Mean training loss since the last measurement; 0 at the start.</param>
/// <param name="HeldOutPerceptual">Mean perceptual distance of the held-out reconstructions.</param>
/// <param name="HeldOutSquaredError">Their mean squared error, RGB in [0,1].</param>
/// <param name="Best">Whether no earlier measurement was as good; the encoder kept is the last such.</param>
public sealed record EncoderMeasurement(EncoderPhase Phase, int Iteration, int Steps, double Seconds, double Loss, double HeldOutPerceptual, double HeldOutSquaredError, bool Best);
