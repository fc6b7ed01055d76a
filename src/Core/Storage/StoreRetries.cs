using Azure.Core;
using Azure.Core.Pipeline;

namespace HandsOff.Core.Storage;

/// <summary>Counts the requests that the store's client sends again by itself: nobody above it hears of them.</summary>
public sealed class StoreRetries : HttpPipelineSynchronousPolicy
{
    private static long s_count;

    /// <summary>Requests sent again in this process's life.</summary>
    public static long Count => Interlocked.Read(ref s_count);

    public override void OnSendingRequest(HttpMessage message)
    {
        if (message.ProcessingContext.RetryNumber > 0) Interlocked.Increment(ref s_count);
    }
}
