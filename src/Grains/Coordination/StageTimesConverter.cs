using HandsOff.Core.Datasets;

namespace HandsOff.Grains.Coordination;

/// <summary>Between <see cref="StageTimes"/> and what travels of it.</summary>
[RegisterConverter]
internal sealed class StageTimesConverter : IConverter<StageTimes, StageTimesSurrogate>
{
    public StageTimes ConvertFromSurrogate(in StageTimesSurrogate surrogate) => new()
    {
        Generate = surrogate.Generate,
        GenerateWait = surrogate.GenerateWait,
        Encode = surrogate.Encode,
        Write = surrogate.Write,
        Commit = surrogate.Commit,
        Label = surrogate.Label,
    };

    public StageTimesSurrogate ConvertToSurrogate(in StageTimes value) => new(value.Generate, value.GenerateWait, value.Encode, value.Write, value.Commit, value.Label);
}
