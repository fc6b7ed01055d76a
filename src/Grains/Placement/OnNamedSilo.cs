using Orleans.Runtime;

namespace HandsOff.Grains.Placement;

/// <summary>Places a grain on the silo its key names: the part before the first '/'.</summary>
[GenerateSerializer, Immutable, Alias("handsoff.on-named-silo")]
public sealed class OnNamedSilo : PlacementStrategy;
