using System.Collections.Concurrent;
using Azure.Core;
using Azure.Core.Pipeline;

namespace HandsOff.Core.Tests.Storage;

/// <summary>Notes the headers of every request that a client sends.</summary>
public sealed class RecordedHeaders : HttpPipelineSynchronousPolicy
{
    private readonly ConcurrentBag<(string Method, string Header)> _seen = [];

    public override void OnSendingRequest(HttpMessage message)
    {
        foreach (var header in message.Request.Headers) _seen.Add((message.Request.Method.Method, header.Name));
    }

    /// <summary>Requests of that method that had the header.</summary>
    public int Count(string method, string header) => _seen.Count(s => s.Method == method && string.Equals(s.Header, header, StringComparison.OrdinalIgnoreCase));
}
