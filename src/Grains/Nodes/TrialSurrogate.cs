namespace HandsOff.Grains.Nodes;

/// <summary>How <see cref="Core.Datasets.SampleTrial"/> travels: Core knows nothing of Orleans.</summary>
[GenerateSerializer, Immutable, Alias("handsoff.sample-trial")]
internal readonly record struct TrialSurrogate(
    [property: Id(0)] int Samples,
    [property: Id(1)] double DeviceSeconds,
    [property: Id(2)] double EncodeSeconds,
    [property: Id(3)] double Bytes,
    [property: Id(4)] double Accepted);
