namespace HandsOff.Grains.Coordination;

/// <summary>What a user asks the coordinator for. The store is the coordinator's key.</summary>
/// <param name="RequestJson">The request's JSON, as it is stored.</param>
/// <param name="Samples">How many samples the dataset shall have.</param>
/// <param name="Extend">An existing smaller dataset grows to <paramref name="Samples"/>; without it that is an error.</param>
/// <param name="Weight">Its part of the nodes' time beside others; null: as it was, 1 for a new one.</param>
/// <param name="Priority">Higher ones are served first; null: as it was, 0 for a new one.</param>
[GenerateSerializer, Immutable, Alias("handsoff.dataset-order")]
public sealed record DatasetOrder(
    [property: Id(0)] string RequestJson,
    [property: Id(1)] long Samples,
    [property: Id(2)] bool Extend = false,
    [property: Id(3)] double? Weight = null,
    [property: Id(4)] int? Priority = null);
