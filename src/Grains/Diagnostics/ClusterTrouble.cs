namespace HandsOff.Grains.Diagnostics;

/// <summary>What a call to a grain fails with while silos come and go. Grains here may be asked twice, so that asking again is the answer to it.</summary>
public static class ClusterTrouble
{
    /// <summary>
    /// Whether the cluster is in trouble, and not the one who asks: no answer in time, a refusal of the runtime, or a cancellation that is not the
    /// caller's own (Orleans gives an activation up so when the silo that keeps its place in the directory does not answer).
    /// </summary>
    /// <param name="e">What a call failed with.</param>
    /// <param name="own">What the caller stops by.</param>
    public static bool Is(Exception e, CancellationToken own) =>
        !own.IsCancellationRequested && e is (TimeoutException or OrleansException or OperationCanceledException);
}
