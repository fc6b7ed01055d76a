namespace HandsOff.Core.Datasets;

/// <summary>How making a shard ended.</summary>
public enum ShardOutcome
{
    /// <summary>This attempt's receipt commits the shard.</summary>
    Committed,

    /// <summary>Another attempt's receipt, of equal content, was there first: as good.</summary>
    AlreadyCommitted,

    /// <summary>
    /// Something of other content was there first. Nothing was overwritten; this attempt's blobs lie under violations/. The same
    /// inputs gave different bytes: a mixed kernel class, a damaged blob or a defect.
    /// </summary>
    Violation,
}
