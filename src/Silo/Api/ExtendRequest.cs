namespace HandsOff.Silo.Api;

/// <summary>How many samples the dataset shall have in all.</summary>
public sealed record ExtendRequest(long Samples);
