namespace HandsOff.Core.Evaluation.Experiments;

/// <summary>How a dataset's draw went.</summary>
/// <param name="Samples">Samples kept.</param>
/// <param name="Draws">Draws it took.</param>
/// <param name="Flagged">Samples still too uncertain at their last attempt.</param>
/// <param name="MeanUncertainty">Mean image score of the kept samples.</param>
internal sealed record DrawFigures(int Samples, int Draws, int Flagged, double MeanUncertainty);
