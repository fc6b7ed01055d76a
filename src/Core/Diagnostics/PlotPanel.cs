namespace HandsOff.Core.Diagnostics;

/// <summary>One diagram of a plot: its title and the CSV columns it draws.</summary>
public sealed record PlotPanel(string Title, IReadOnlyList<string> Columns);
