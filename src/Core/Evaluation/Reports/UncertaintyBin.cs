namespace HandsOff.Core.Evaluation.Reports;

/// <summary>A tenth of the pixels, by how uncertain the labeler was of them.</summary>
/// <param name="Uncertainty">Mean uncertainty: Jensen-Shannon divergence in nats, or variance of the depth.</param>
/// <param name="Error">Share of wrong pixels, or mean error of the depth in its unit.</param>
public sealed record UncertaintyBin(double Uncertainty, double Error);
