namespace HandsOff.Core.Datasets.Export;

/// <summary>A connected part of a mask, or all of a class in it.</summary>
/// <param name="Class">Its class id.</param>
/// <param name="Area">Its pixels.</param>
/// <param name="X">The left edge of its bounding box, in pixels.</param>
/// <param name="Y">The top edge.</param>
/// <param name="Width">The box's width.</param>
/// <param name="Height">The box's height.</param>
internal sealed record Segment(int Class, int Area, int X, int Y, int Width, int Height);
