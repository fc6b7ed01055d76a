namespace HandsOff.Grains.Nodes;

/// <summary>What a node does.</summary>
public enum NodeState
{
    /// <summary>Asks for work.</summary>
    Idle,

    /// <summary>Works.</summary>
    Working,

    /// <summary>Finishes what it has and takes nothing new.</summary>
    Draining,

    /// <summary>Drained, or told to stop.</summary>
    Stopped,
}
