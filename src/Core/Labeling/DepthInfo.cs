namespace HandsOff.Core.Labeling;

/// <summary>
/// Depth as stored: a 16-bit value v means v / Scale in Unit, 0 means invalid. Min and Max bound the training data
/// (in Unit) and serve display.
/// </summary>
public sealed record DepthInfo(string Unit, double Scale, double Min, double Max);
