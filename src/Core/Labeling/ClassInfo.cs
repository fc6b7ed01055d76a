namespace HandsOff.Core.Labeling;

/// <summary>A segmentation class: its name and display colour as <c>#rrggbb</c>.</summary>
public sealed record ClassInfo(string Name, string Color);
