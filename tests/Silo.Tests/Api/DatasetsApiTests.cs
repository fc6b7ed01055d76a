using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using HandsOff.Silo.Tests.Support;
using static HandsOff.Silo.Tests.Support.HttpHelp;

namespace HandsOff.Silo.Tests.Api;

public sealed class DatasetsApiTests(SiloFixture fixture) : IClassFixture<SiloFixture>
{
    private string Pair => fixture.Silo.Pair.Name;

    [Fact]
    public async Task A_submitted_dataset_is_followed_to_its_end_and_then_lies_on_storage()
    {
        var end = await fixture.Writer.CompleteAsync(Submission("whole", Pair, 45));
        Assert.Equal(("complete", 45, 5), ((string)end["phase"]!, (int)end["samples_committed"]!, (int)end["shards_committed"]!));
        var details = await fixture.Reader.JsonAsync("/api/v1/datasets/whole");
        Assert.Equal("complete", (string)details["status"]!["phase"]!);
        Assert.Equal(fixture.Silo.Pair.Digest, (string)details["request"]!["pair"]!["digest"]!);
        Assert.Contains("manifest.json", details["files"]!.AsArray().Select(f => (string)f!));
        var manifest = await fixture.Reader.JsonAsync("/api/v1/datasets/whole/files/manifest.json");
        Assert.Equal((string)details["request_sha256"]!, (string)manifest["request_sha256"]!);
        Assert.True(File.Exists(Path.Combine(fixture.Silo.Root, "whole", "manifest.json")));
    }

    [Fact]
    public async Task Submitting_again_goes_on_and_another_request_under_the_name_is_a_conflict_that_names_the_difference()
    {
        await fixture.Writer.CompleteAsync(Submission("twice", Pair, 20));
        Assert.Equal("complete", (string)(await fixture.Writer.CompleteAsync(Submission("twice", Pair, 20)))["phase"]!);
        using var other = await fixture.Writer.PostAsJsonAsync("/api/v1/datasets", Submission("twice", Pair, 20, ("seed", 8)));
        var (status, detail) = await other.ProblemAsync();
        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Contains("seed", detail);
        Assert.Equal("complete", (string)(await fixture.Reader.JsonAsync("/api/v1/datasets/twice"))["status"]!["phase"]!);
    }

    [Theory]
    [InlineData("name", "../up", "dataset name '../up'")]
    [InlineData("name", "", "dataset name ''")]
    [InlineData("pair", "nobody", "pair 'nobody'")]
    [InlineData("pair", "/etc", "pair '/etc'")]
    [InlineData("samples", "0", "samples 0")]
    [InlineData("image_format", "bmp", "image format 'bmp'")]
    [InlineData("truncation", "1.5", "truncation 1.5")]
    [InlineData("keep", "2", "keep 2")]
    [InlineData("noise", "loud", "noise 'loud'")]
    [InlineData("weight", "-1", "weight -1")]
    [InlineData("sampels", "3", "sampels")]
    public async Task A_wrong_field_is_named_and_nothing_is_made(string field, string value, string named)
    {
        using var response = await fixture.Writer.PostAsJsonAsync("/api/v1/datasets", Submission("wrong", Pair, 20, (field, value)));
        var (status, detail) = await response.ProblemAsync();
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(named, detail);
        Assert.False(Directory.Exists(Path.Combine(fixture.Silo.Root, "wrong")));
    }

    [Fact]
    public async Task What_does_not_exist_is_answered_with_404()
    {
        foreach (string path in new[] { "datasets/nobody", "datasets/nobody/events", "datasets/nobody/samples/0", "datasets/..%2f..%2fetc", "pairs/nobody", "virtual/bm8/samples/0" })
        {
            using var response = await fixture.Reader.GetAsync($"/api/v1/{path}");
            Assert.Equal((path, HttpStatusCode.NotFound), (path, (await response.ProblemAsync()).Status));
        }

        using var pause = await fixture.Writer.PostAsync("/api/v1/datasets/nobody/pause", null);
        Assert.Equal(HttpStatusCode.NotFound, pause.StatusCode);
    }

    [Fact]
    public async Task A_command_is_followed_whatever_the_store_says()
    {
        using var begun = await fixture.Writer.PostAsJsonAsync("/api/v1/datasets", Submission("blind", Pair, 100_000));
        begun.EnsureSuccessStatusCode();
        await PostAsync("blind/pause");
        string request = Path.Combine(fixture.Silo.Root, "blind", "request.json");
        File.Move(request, request + ".away");
        await PostAsync("blind/pause");
        File.Move(request + ".away", request);
        await PostAsync("blind/cancel");
    }

    [Fact]
    public async Task A_dataset_is_paused_resumed_reweighted_and_cancelled()
    {
        using var begun = await fixture.Writer.PostAsJsonAsync("/api/v1/datasets", Submission("long", Pair, 100_000));
        begun.EnsureSuccessStatusCode();
        await UntilAsync("long", s => (int)s["samples_committed"]! > 0);
        await PostAsync("long/pause");
        await UntilAsync("long", s => (string)s["phase"]! == "paused" && (int)s["shards_leased"]! == 0);
        await PostAsync("long/resume");
        await UntilAsync("long", s => (string)s["phase"]! == "running");
        using var share = await fixture.Writer.PatchAsJsonAsync("/api/v1/datasets/long", new { priority = 3 });
        Assert.Equal((1, 3), (await share.Content.ReadFromJsonAsync<JsonObject>()) is { } s ? ((int)s["weight"]!, (int)s["priority"]!) : default);
        await PostAsync("long/cancel");
        await UntilAsync("long", s => (string)s["phase"]! == "cancelled");
        using var again = await fixture.Writer.PostAsync("/api/v1/datasets/long/resume", null);
        Assert.Equal(HttpStatusCode.Conflict, (await again.ProblemAsync()).Status);
    }

    [Fact]
    public async Task A_complete_dataset_is_extended_by_new_shards_only()
    {
        await fixture.Writer.CompleteAsync(Submission("grows", Pair, 20));
        byte[] before = await File.ReadAllBytesAsync(Path.Combine(fixture.Silo.Root, "grows", "shards", "shard-000000.tar"));
        using var response = await fixture.Writer.PostAsJsonAsync("/api/v1/datasets/grows/extend", new { samples = 40 });
        response.EnsureSuccessStatusCode();
        var end = (await fixture.Reader.EventsAsync("/api/v1/datasets/grows/events").ToListAsync())[^1];
        Assert.Equal(("end", "complete", 40), (end.Type, (string)end.Data["phase"]!, (int)end.Data["samples_committed"]!));
        Assert.Equal(before, await File.ReadAllBytesAsync(Path.Combine(fixture.Silo.Root, "grows", "shards", "shard-000000.tar")));
    }

    [Fact]
    public async Task An_estimate_comes_near_the_size_that_the_dataset_then_has_and_stores_nothing()
    {
        using var response = await fixture.Writer.PostAsJsonAsync("/api/v1/datasets/estimate", Submission("guess", Pair, 200, ("shard_size", 100)));
        response.EnsureSuccessStatusCode();
        var estimate = (await response.Content.ReadFromJsonAsync<JsonObject>())!;
        Assert.False(Directory.Exists(Path.Combine(fixture.Silo.Root, "guess")));
        Assert.Equal((2, 1), ((int)estimate["shards"]!, (int)estimate["nodes"]!));
        await fixture.Writer.CompleteAsync(Submission("guess", Pair, 200, ("shard_size", 100)));
        long real = new DirectoryInfo(Path.Combine(fixture.Silo.Root, "guess", "shards")).EnumerateFiles().Sum(f => f.Length);
        Assert.InRange((double)estimate["bytes"]! / real, 0.9, 1.1);
    }

    [Fact]
    public async Task Files_are_served_in_ranges_and_only_the_datasets_own()
    {
        await fixture.Writer.CompleteAsync(Submission("files", Pair, 20));
        byte[] tar = await File.ReadAllBytesAsync(Path.Combine(fixture.Silo.Root, "files", "shards", "shard-000001.tar"));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/datasets/files/files/shards/shard-000001.tar") { Headers = { Range = new RangeHeaderValue(512, 1023) } };
        using var response = await fixture.Reader.SendAsync(request);
        Assert.Equal(HttpStatusCode.PartialContent, response.StatusCode);
        Assert.Equal(tar[512..1024], await response.Content.ReadAsByteArrayAsync());
        foreach (string path in new[] { "shards/..%2f..%2f.cluster/keys", "..%2ftwice%2fmanifest.json", "cancelled.json", "shards/nothing.tar" })
        {
            using var refused = await fixture.Reader.GetAsync($"/api/v1/datasets/files/files/{path}");
            Assert.Equal((path, HttpStatusCode.NotFound), (path, refused.StatusCode));
        }
    }

    [Fact]
    public async Task The_survey_counts_every_class_and_every_sample()
    {
        await fixture.Writer.CompleteAsync(Submission("survey", Pair, 40));
        var survey = await fixture.Reader.JsonAsync("/api/v1/datasets/survey/survey");
        Assert.Equal(40, (int)survey["samples"]!);
        Assert.Equal(1, survey["class_shares"]!.AsArray().Sum(s => (double)s!), 1e-9);
        Assert.Equal(40, survey["uncertainty_counts"]!.AsArray().Sum(c => (int)c!));
    }

    private async Task PostAsync(string path)
    {
        using var response = await fixture.Writer.PostAsync($"/api/v1/datasets/{path}", null);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    private async Task UntilAsync(string dataset, Func<JsonNode, bool> condition)
    {
        JsonNode? last = null;
        for (int i = 0; i < 1200; i++)
        {
            last = (await fixture.Reader.JsonAsync($"/api/v1/datasets/{dataset}"))["status"]!;
            if (condition(last)) return;
            await Task.Delay(50);
        }

        throw new TimeoutException($"60 s are over; last: {last}");
    }
}
