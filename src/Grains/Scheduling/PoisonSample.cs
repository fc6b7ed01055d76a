namespace HandsOff.Grains.Scheduling;

/// <summary>A sample that cannot be made, by its index in the dataset, and the error it gives.</summary>
[GenerateSerializer, Immutable, Alias("handsoff.poison-sample")]
public sealed record PoisonSample([property: Id(0)] long Index, [property: Id(1)] string Error);
