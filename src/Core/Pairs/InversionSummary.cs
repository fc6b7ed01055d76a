namespace HandsOff.Core.Pairs;

/// <summary>How well the labelled photographs were inverted: how many, how many the gate accepted, mean LPIPS and MSE (images in [0, 1]) of the accepted.</summary>
public sealed record InversionSummary(int Photographs, int Accepted, double MeanLpips, double MeanMse);
