namespace HandsOff.Silo.Tests.Telemetry;

/// <summary>Meters and activity sources are the process's, not a silo's: tests that count them run while no other silo does.</summary>
[CollectionDefinition(nameof(WatchedAlone), DisableParallelization = true)]
public sealed class WatchedAlone;
