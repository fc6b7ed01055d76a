using HandsOff.Core;

namespace HandsOff.Grains.Diagnostics;

/// <summary>Between <see cref="HandsOffException"/> and what travels of it: Core knows nothing of Orleans.</summary>
[RegisterConverter]
internal sealed class FailureConverter : IConverter<HandsOffException, FailureSurrogate>
{
    public HandsOffException ConvertFromSurrogate(in FailureSurrogate surrogate) => new(surrogate.Message, surrogate.ExitCode) { IsTransient = surrogate.IsTransient };

    public FailureSurrogate ConvertToSurrogate(in HandsOffException value) => new(value.Message, value.ExitCode, value.IsTransient);
}
