namespace HandsOff.Core.Datasets.Timing;

/// <summary>The stages a shard goes through; they overlap.</summary>
public enum ShardStage
{
    Generate,
    Label,
    Encode,

    /// <summary>Hashing and uploading the tar.</summary>
    Upload,

    /// <summary>Table, index, publication and receipt.</summary>
    Commit,
}
