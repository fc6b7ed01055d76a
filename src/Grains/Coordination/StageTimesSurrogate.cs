namespace HandsOff.Grains.Coordination;

/// <summary>How <see cref="Core.Datasets.StageTimes"/> travels: Core knows nothing of Orleans.</summary>
[GenerateSerializer, Immutable, Alias("handsoff.stage-times")]
internal readonly record struct StageTimesSurrogate(
    [property: Id(0)] double Generate,
    [property: Id(1)] double GenerateWait,
    [property: Id(2)] double Encode,
    [property: Id(3)] double Write,
    [property: Id(4)] double Commit,
    [property: Id(5)] double Label);
