using System.Net;
using System.Net.Http.Json;
using HandsOff.Silo.Tests.Support;
using static HandsOff.Silo.Tests.Support.HttpHelp;

namespace HandsOff.Silo.Tests.Security;

public sealed class LimitsTests
{
    [Fact]
    public async Task Bodies_samples_a_request_and_streams_are_bounded()
    {
        await using var silo = await TestSilo.StartAsync(new() { ["HandsOff:Http:MaxBodyBytes"] = "4096", ["HandsOff:Http:MaxSamplesPerRequest"] = "4", ["HandsOff:Http:EventStreams"] = "1" });
        using var writer = await silo.ClientAsync("writer");
        using var large = await writer.PostAsJsonAsync("/api/v1/datasets", Submission("large", silo.Pair.Name, 10, ("pair", new string('x', 5000))));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, large.StatusCode);

        await writer.CompleteAsync(Submission("small", silo.Pair.Name, 20));
        using var many = await writer.GetAsync("/api/v1/datasets/small/samples.tar?first=0&count=5");
        Assert.Contains("1 to 4", (await many.ProblemAsync()).Detail);
        (await writer.GetAsync("/api/v1/datasets/small/samples.tar?first=0&count=4")).EnsureSuccessStatusCode();

        await using var events = writer.EventsAsync("/api/v1/events").GetAsyncEnumerator();
        Assert.True(await events.MoveNextAsync());
        using var second = await writer.GetAsync("/api/v1/events", HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await second.ProblemAsync()).Status);
    }

    [Fact]
    public async Task Who_asks_too_often_is_told_when_to_come_back_and_others_do_not_suffer()
    {
        await using var silo = await TestSilo.StartAsync(new() { ["HandsOff:Http:RequestsPerSecond"] = "1", ["HandsOff:Http:Burst"] = "5" });
        using var greedy = await silo.ClientAsync("reader");
        using var modest = await silo.ClientAsync("reader");
        HttpResponseMessage? refused = null;
        for (int i = 0; i < 50 && refused is null; i++)
        {
            var response = await greedy.GetAsync("/api/v1/pairs");
            if (response.StatusCode == HttpStatusCode.TooManyRequests) refused = response;
        }

        Assert.NotNull(refused);
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await refused.ProblemAsync()).Status);
        Assert.Equal(HttpStatusCode.OK, (await modest.GetAsync("/api/v1/pairs")).StatusCode);
        for (int i = 0; i < 50; i++) Assert.Equal(HttpStatusCode.OK, (await greedy.GetAsync("/health/live")).StatusCode);
    }

    [Fact]
    public async Task More_waiting_samples_than_the_bound_are_refused_with_a_time_to_come_back()
    {
        await using var silo = await TestSilo.StartAsync(new() { ["HandsOff:Samples:Concurrency"] = "1", ["HandsOff:Samples:Queue"] = "0", ["HandsOff:Samples:CacheMiB"] = "0" });
        using var reader = await silo.ClientAsync("reader");
        using var made = await reader.PostAsJsonAsync("/api/v1/virtual", new { pair = silo.Pair.Name });
        string address = (string)(await made.Content.ReadFromJsonAsync<System.Text.Json.Nodes.JsonObject>())!["samples"]!;
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => reader.GetAsync($"{address}/{i}/image")));
        Assert.Contains(answers, a => a.StatusCode == HttpStatusCode.OK);
        var refused = Assert.IsType<HttpResponseMessage>(answers.FirstOrDefault(a => a.StatusCode == HttpStatusCode.ServiceUnavailable));
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.All(answers, a => Assert.True(a.StatusCode is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable));
    }
}
