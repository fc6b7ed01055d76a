namespace HandsOff.Grains.Errands;

/// <summary>What a node is asked to do with a shard.</summary>
public enum ErrandKind
{
    /// <summary>Load the pair, so that what cannot be made is known before anything is begun.</summary>
    Ready,

    /// <summary>Read the shard back.</summary>
    Check,

    /// <summary>Make a share of its samples again and compare.</summary>
    Regenerate,

    /// <summary>Make it and commit it.</summary>
    Make,
}
