using HandsOff.Grains.Coordination;

namespace HandsOff.Client.Generating;

/// <summary>Shows a job while it runs.</summary>
internal interface IProgressView
{
    /// <summary>Runs the job; each status it reports is shown.</summary>
    Task<DatasetStatus> ShowAsync(Func<Action<DatasetStatus>, Task<DatasetStatus>> job);
}
