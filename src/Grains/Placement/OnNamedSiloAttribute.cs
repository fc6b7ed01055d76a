using Orleans.Placement;

namespace HandsOff.Grains.Placement;

/// <summary>The grain lives on the silo its key names (see <see cref="OnNamedSilo"/>).</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class OnNamedSiloAttribute() : PlacementAttribute(new OnNamedSilo());
