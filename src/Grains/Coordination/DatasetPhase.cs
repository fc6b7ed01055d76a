namespace HandsOff.Grains.Coordination;

/// <summary>Where a dataset stands.</summary>
public enum DatasetPhase
{
    /// <summary>Nobody has asked for it in this coordinator's life, and there is nothing on storage to go on from.</summary>
    Unknown,

    /// <summary>Receipts are being listed.</summary>
    Opening,

    /// <summary>Shards are being made.</summary>
    Running,

    /// <summary>Every shard has its receipt; they are read back and the manifest is written.</summary>
    Finalizing,

    /// <summary>The manifest names every shard.</summary>
    Complete,

    /// <summary>Stopped by the user; what is committed stays.</summary>
    Stopped,

    /// <summary>Stopped by an error; what is committed stays.</summary>
    Failed,

    /// <summary>No shard is begun until it is resumed; what was in hand is finished.</summary>
    Paused,

    /// <summary>Given up for good by the user; a mark on storage says so. What is committed stays.</summary>
    Cancelled,
}
