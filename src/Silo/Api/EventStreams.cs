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

    /// <summary>The stream, unless there are too many already.</summary>
    /// <exception cref="NodesBusyException">There are.</exception>
    public ServerSentEventsResult<T> Serve<T>(IAsyncEnumerable<SseItem<T>> events) =>
        Volatile.Read(ref _open) < options.Value.EventStreams ? TypedResults.ServerSentEvents(events) : throw new NodesBusyException($"{options.Value.EventStreams} event streams are open already");

    /// <summary>A stream's place, for as long as it is open.</summary>
    public IDisposable Take()
    {
        Interlocked.Increment(ref _open);
        return new Place(this);
    }

    private sealed class Place(EventStreams streams) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref streams._open);
    }
}
