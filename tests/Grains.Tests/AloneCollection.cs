namespace HandsOff.Grains.Tests;

/// <summary>Tests that nothing may run beside.</summary>
[CollectionDefinition(nameof(AloneCollection), DisableParallelization = true)]
public sealed class AloneCollection;
