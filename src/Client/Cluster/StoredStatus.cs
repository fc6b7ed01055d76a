using HandsOff.Core.Datasets;
using HandsOff.Grains.Coordination;

namespace HandsOff.Client.Cluster;

/// <summary>What a dataset's store alone says of it.</summary>
internal static class StoredStatus
{
    /// <summary>Complete or cancelled; else Unknown, with what the manifest has (a dataset being extended has its smaller one).</summary>
    public static DatasetStatus Of(DatasetState state)
    {
        var listed = state.Manifest;
        return new DatasetStatus
        {
            Dataset = state.Store.Description,
            Phase = state.IsCancelled ? DatasetPhase.Cancelled : state.IsFinished && state.Samples > 0 ? DatasetPhase.Complete : DatasetPhase.Unknown,
            Message = state.IsCancelled || state.IsFinished ? "" : "nobody is making it: submit it again to go on",
            Samples = state.Samples,
            SamplesCommitted = listed?.Samples ?? 0,
            SamplesFound = listed?.Samples ?? 0,
            Shards = state.Samples > 0 ? state.Plan.Count : 0,
            ShardsCommitted = listed?.Shards.Count ?? 0,
            ShardsFound = listed?.Shards.Count ?? 0,
        };
    }
}
