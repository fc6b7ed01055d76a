namespace HandsOff.Grains.Coordination;

/// <summary>What became of a wish to cancel.</summary>
public enum CancelOutcome
{
    /// <summary>The tombstone is on storage.</summary>
    Cancelled,

    /// <summary>The manifest came first: the dataset is complete and stays so.</summary>
    Finished,

    /// <summary>There is no dataset.</summary>
    Missing,
}
