namespace HandsOff.Cluster.Tests.Proxy;

/// <summary>What can happen to a request on its way to the store and back.</summary>
public enum FaultKind
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The connection is cut before the store hears of it.</summary>
    CutBefore,

    /// <summary>The store gets half of the body; then the connection is cut.</summary>
    HalfRequest,

    /// <summary>The store does what was asked; the connection is cut before its answer.</summary>
    CutAfter,

    /// <summary>500 instead; nothing was done.</summary>
    Error500,

    /// <summary>500 although it was done.</summary>
    Error500After,

    /// <summary>503 with Retry-After; nothing was done.</summary>
    Busy503,

    /// <summary>409 although nothing conflicts; nothing was done.</summary>
    False409,

    /// <summary>It takes a while.</summary>
    Slow,

    /// <summary>Half of the answer's body arrives; then the connection is cut.</summary>
    HalfAnswer,

    /// <summary>One bit of a body that travels with its MD5 is another when it arrives at the store.</summary>
    FlippedRequest,

    /// <summary>One bit of an answer that travels with its MD5 is another when it arrives.</summary>
    FlippedAnswer,
}
