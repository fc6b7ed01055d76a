namespace HandsOff.Grains.Diagnostics;

/// <summary>How a <see cref="Core.HandsOffException"/> travels between silos: its line, without its cause.</summary>
[GenerateSerializer, Immutable, Alias("handsoff.failure")]
internal readonly record struct FailureSurrogate([property: Id(0)] string Message, [property: Id(1)] int ExitCode, [property: Id(2)] bool IsTransient);
