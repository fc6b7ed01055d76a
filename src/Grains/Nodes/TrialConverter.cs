using HandsOff.Core.Datasets;

namespace HandsOff.Grains.Nodes;

/// <summary>Between <see cref="SampleTrial"/> and what travels of it.</summary>
[RegisterConverter]
internal sealed class TrialConverter : IConverter<SampleTrial, TrialSurrogate>
{
    public SampleTrial ConvertFromSurrogate(in TrialSurrogate surrogate) =>
        new(surrogate.Samples, surrogate.DeviceSeconds, surrogate.EncodeSeconds, surrogate.Bytes, surrogate.Accepted);

    public TrialSurrogate ConvertToSurrogate(in SampleTrial value) =>
        new(value.Samples, value.DeviceSeconds, value.EncodeSeconds, value.Bytes, value.Accepted);
}
