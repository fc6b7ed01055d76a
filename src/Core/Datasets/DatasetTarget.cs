namespace HandsOff.Core.Datasets;

/// <summary>The count asked for; grows only.</summary>
internal sealed record DatasetTarget(long Samples);
