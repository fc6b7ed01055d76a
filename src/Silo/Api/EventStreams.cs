using System.Net.ServerSentEvents;
using HandsOff.Grains.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace HandsOff.Silo.Api;

/// <summary>Counts the open event streams and refuses those beyond the limit.</summary>
internal sealed class EventStreams(IOptions<WebOptions> options)
{
    private int _open;

    /// <summary>The stream, unless there are too many already. Its place is free again when the response has ended, however it did.</summary>
    /// <exception cref="NodesBusyException">There are.</exception>
    public ServerSentEventsResult<T> Serve<T>(HttpContext context, IAsyncEnumerable<SseItem<T>> events)
    {
        if (Interlocked.Increment(ref _open) > options.Value.EventStreams)
        {
            Interlocked.Decrement(ref _open);
            throw new NodesBusyException($"{options.Value.EventStreams} event streams are open already");
        }

        context.Response.OnCompleted(() =>
        {
            Interlocked.Decrement(ref _open);
            return Task.CompletedTask;
        });
        return TypedResults.ServerSentEvents(events);
    }
}
