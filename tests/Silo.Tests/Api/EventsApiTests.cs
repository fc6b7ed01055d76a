using System.Net;
using System.Net.Http.Json;
using HandsOff.Silo.Tests.Support;
using static HandsOff.Silo.Tests.Support.HttpHelp;

namespace HandsOff.Silo.Tests.Api;

public sealed class EventsApiTests(SiloFixture fixture) : IClassFixture<SiloFixture>
{
    [Fact]
    public async Task Who_comes_back_after_the_end_is_told_the_end_once_and_then_to_stay_away()
    {
        await fixture.Writer.CompleteAsync(Submission("ended", fixture.Silo.Pair.Name, 20));
        var events = await fixture.Reader.EventsAsync("/api/v1/datasets/ended/events").ToListAsync();
        var (type, id, data) = Assert.Single(events);
        Assert.Equal(("end", "complete"), (type, (string)data["phase"]!));
        using var again = new HttpRequestMessage(HttpMethod.Get, "/api/v1/datasets/ended/events") { Headers = { { "Last-Event-ID", id } } };
        using var response = await fixture.Reader.SendAsync(again);
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
    }

    [Fact]
    public async Task Who_comes_back_in_mid_run_hears_no_state_twice_and_never_misses_the_end()
    {
        using var begun = await fixture.Writer.PostAsJsonAsync("/api/v1/datasets", Submission("midway", fixture.Silo.Pair.Name, 3000, ("shard_size", 100)));
        begun.EnsureSuccessStatusCode();
        var ids = new List<string>();
        long committed = -1;
        for (int visits = 0; visits < 1000; visits++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/datasets/midway/events");
            if (ids.Count > 0) request.Headers.Add("Last-Event-ID", ids[^1]);
            using var response = await fixture.Reader.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            await using var stream = await response.Content.ReadAsStreamAsync();
            await using var events = System.Net.ServerSentEvents.SseParser.Create(stream).EnumerateAsync().GetAsyncEnumerator();
            Assert.True(await events.MoveNextAsync()); // one event a visit: the connection breaks after each
            Assert.DoesNotContain(events.Current.EventId, ids);
            ids.Add(events.Current.EventId!);
            var data = System.Text.Json.Nodes.JsonNode.Parse(events.Current.Data)!;
            Assert.True((long)data["samples_committed"]! >= committed);
            committed = (long)data["samples_committed"]!;
            if (events.Current.EventType == "end") break;
        }

        Assert.Equal(3000, committed);
    }

    [Fact]
    public async Task The_clusters_events_show_datasets_and_nodes_and_the_history_grows()
    {
        await fixture.Writer.CompleteAsync(Submission("shown", fixture.Silo.Pair.Name, 20));
        await foreach (var (type, _, data) in fixture.Reader.EventsAsync("/api/v1/events"))
        {
            Assert.Equal("cluster", type);
            if (!data["datasets"]!.AsArray().Any(d => (string)d!["name"]! == "shown" && (string)d["phase"]! == "complete")) continue;
            var node = Assert.Single(data["nodes"]!.AsArray())!;
            if ((string)node["node"]! == "silo-a/cpu:0" && (long)node["samples_done"]! >= 20) break;
        }

        Assert.NotEmpty((await fixture.Reader.JsonAsync("/api/v1/history"))["seconds"]!.AsArray());
        Assert.Contains((await fixture.Reader.JsonAsync("/api/v1/datasets")).AsArray(), d => (string)d!["name"]! == "shown");
        Assert.Contains((await fixture.Reader.JsonAsync("/api/v1/pairs")).AsArray(), p => (string)p!["digest"]! == fixture.Silo.Pair.Digest);
    }
}
