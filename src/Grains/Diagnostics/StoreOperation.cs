namespace HandsOff.Grains.Diagnostics;

/// <summary>What is asked of a store; its name in small letters is the figures' label.</summary>
internal enum StoreOperation
{
    Read,
    Open,
    Stat,
    Create,
    Replace,
    Begin,
    Write,
    Commit,
    Delete,
    List,
}
