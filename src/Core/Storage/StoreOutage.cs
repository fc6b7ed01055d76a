namespace HandsOff.Core.Storage;

/// <summary>Tells a store that does not answer now from an error that waiting does not mend.</summary>
public static class StoreOutage
{
    /// <summary>True when the same call may succeed later: no connection, a timeout, a server error. False for a full disk, wrong credentials, damaged data.</summary>
    public static bool Is(Exception e) => e switch
    {
        HandsOffException known => known.IsTransient,
        AggregateException many => many.InnerExceptions.Any(Is),
        IOException or TimeoutException => !StorageErrors.IsDiskFull(e),
        HttpRequestException or System.Net.Sockets.SocketException => true,
        Azure.RequestFailedException answer => answer.Status is 0 or 408 or 429 or >= 500,
        _ => false,
    };
}
