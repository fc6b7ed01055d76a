using System.Net;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;

namespace HandsOff.Silo.Tests.Support;

/// <summary>Short words for what the tests do over HTTP.</summary>
internal static class HttpHelp
{
    /// <summary>A submission that differs from the plainest one only as given.</summary>
    public static JsonObject Submission(string name, string pair, int samples, params (string Name, JsonNode? Value)[] more)
    {
        var body = new JsonObject { ["name"] = name, ["pair"] = pair, ["samples"] = samples, ["seed"] = 7, ["shard_size"] = 10 };
        foreach (var (field, value) in more) body[field] = value;
        return body;
    }

    public static async Task<JsonNode> JsonAsync(this HttpClient client, string path) => JsonNode.Parse(await client.GetStringAsync(path))!;

    /// <summary>The answer's problem: its status and its line.</summary>
    public static async Task<(HttpStatusCode Status, string Detail)> ProblemAsync(this HttpResponseMessage response)
    {
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = await response.Content.ReadFromJsonAsync<JsonObject>();
        return (response.StatusCode, (string?)problem!["detail"] ?? "");
    }

    /// <summary>Submits and hears the events to the end.</summary>
    public static async Task<JsonNode> CompleteAsync(this HttpClient client, JsonObject submission)
    {
        using var response = await client.PostAsJsonAsync("/api/v1/datasets", submission);
        Assert.True(response.StatusCode == HttpStatusCode.Accepted, await response.Content.ReadAsStringAsync());
        return (await client.EventsAsync($"/api/v1{response.Headers.Location!.OriginalString["/api/v1".Length..]}/events").ToListAsync())[^1].Data;
    }

    /// <summary>Hears the cluster's events until a node (any, where none is named) is in a state.</summary>
    public static async Task UntilNodeAsync(this HttpClient client, string state, string? node = null)
    {
        await foreach (var (_, _, data) in client.EventsAsync("/api/v1/events"))
            if (data["nodes"]!.AsArray().Any(n => (node is null || (string)n!["node"]! == node) && (string)n!["state"]! == state)) return;
        Assert.Fail($"the stream ended before {node ?? "a node"} was {state}");
    }

    public static async IAsyncEnumerable<(string Type, string? Id, JsonNode Data)> EventsAsync(this HttpClient client, string path)
    {
        await using var stream = await client.GetStreamAsync(path);
        await foreach (var item in SseParser.Create(stream).EnumerateAsync()) yield return (item.EventType, item.EventId, JsonNode.Parse(item.Data)!);
    }
}
