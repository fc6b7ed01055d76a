using HandsOff.Grains.Coordination;

namespace HandsOff.Client.Generating;

/// <summary>Shows nothing: the output is for machines.</summary>
internal sealed class SilentView : IProgressView
{
    public Task<DatasetStatus> ShowAsync(Func<Action<DatasetStatus>, Task<DatasetStatus>> job) => job(_ => { });
}
