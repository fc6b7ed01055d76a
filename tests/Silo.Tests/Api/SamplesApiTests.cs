using System.Formats.Tar;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using HandsOff.Core.Imaging;
using HandsOff.Silo.Tests.Support;
using static HandsOff.Silo.Tests.Support.HttpHelp;

namespace HandsOff.Silo.Tests.Api;

public sealed class SamplesApiTests(SiloFixture fixture) : IClassFixture<SiloFixture>
{
    private static readonly string[] s_parts = ["", "/image", "/segmentation", "/depth", "/overlay"];

    private string Pair => fixture.Silo.Pair.Name;

    [Fact]
    public async Task A_sample_has_the_same_bytes_stored_made_again_and_virtual()
    {
        await fixture.Writer.CompleteAsync(Submission("stored", Pair, 30));
        string address = await VirtualAsync(new { pair = Pair, seed = 7 });
        foreach (string part in s_parts)
        {
            var (stored, source) = await GetAsync($"/api/v1/datasets/stored/samples/17{part}");
            var (made, madeSource) = await GetAsync($"/api/v1/datasets/stored/samples/17{part}?source=made");
            var (drawn, _) = await GetAsync($"{address}/17{part}");
            Assert.Equal((part, "stored", "made"), (part, source, madeSource));
            Assert.Equal(stored, made);
            Assert.Equal(stored, drawn);
        }
    }

    [Fact]
    public async Task A_sample_of_a_dataset_that_is_not_made_yet_is_there_already()
    {
        using var begun = await fixture.Writer.PostAsJsonAsync("/api/v1/datasets", Submission("begun", Pair, 1_000_000, ("shard_size", 1000)));
        begun.EnsureSuccessStatusCode();
        var (_, source) = await GetAsync("/api/v1/datasets/begun/samples/999999/image");
        Assert.Equal("made", source);
        using var beyond = await fixture.Reader.GetAsync("/api/v1/datasets/begun/samples/1000000/image");
        Assert.Equal(HttpStatusCode.NotFound, (await beyond.ProblemAsync()).Status);
        (await fixture.Writer.PostAsync("/api/v1/datasets/begun/cancel", null)).EnsureSuccessStatusCode();
    }

    [Fact]
    public async Task An_answer_carries_the_digest_of_its_bytes_and_is_not_sent_twice()
    {
        string address = await VirtualAsync(new { pair = Pair, seed = 3 });
        using var first = await fixture.Reader.GetAsync($"{address}/5/image");
        byte[] bytes = await first.Content.ReadAsByteArrayAsync();
        Assert.Equal($"\"{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes))}\"", first.Headers.ETag!.Tag);
        Assert.Contains("immutable", first.Headers.CacheControl!.ToString());
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{address}/5/image") { Headers = { IfNoneMatch = { first.Headers.ETag } } };
        using var second = await fixture.Reader.SendAsync(request);
        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
    }

    [Fact]
    public async Task A_virtual_dataset_stores_nothing_and_its_address_outlives_the_silos_memory()
    {
        await using var silo = await TestSilo.StartAsync();
        using var reader = await silo.ClientAsync("reader");
        string[] before = [.. Directory.EnumerateFileSystemEntries(silo.Root, "*", SearchOption.AllDirectories).Order()];
        using var response = await reader.PostAsJsonAsync("/api/v1/virtual", new { pair = Pair, seed = "18446744073709551615", truncation = 0.7, labels = new[] { "seg" } });
        var virtually = (await response.Content.ReadFromJsonAsync<JsonObject>())!;
        var again = await reader.JsonAsync($"/api/v1/virtual/{virtually["token"]}");
        Assert.Equal((string)virtually["request_sha256"]!, (string)again["request_sha256"]!);
        var sample = await reader.JsonAsync($"{virtually["samples"]}/123456789012");
        Assert.Equal((ulong.MaxValue, 123456789012), ((ulong)sample["seed"]!, (long)sample["index"]!));
        using var depth = await reader.GetAsync($"{virtually["samples"]}/1/depth");
        Assert.Equal(HttpStatusCode.NotFound, (await depth.ProblemAsync()).Status);
        Assert.Equal(before, Directory.EnumerateFileSystemEntries(silo.Root, "*", SearchOption.AllDirectories).Order());
    }

    [Fact]
    public async Task An_overlay_is_a_picture_of_the_size_asked_for_and_differs_by_what_is_drawn()
    {
        string address = await VirtualAsync(new { pair = Pair });
        var pictures = new List<byte[]>();
        foreach (string parts in new[] { "", "seg", "keypoints", "depth" })
        {
            var (png, _) = await GetAsync($"{address}/2/overlay?parts={parts}&scale=4");
            var (rgb, width, height) = ImageFile.ReadRgb(png);
            Assert.Equal((64, 64), (width, height));
            pictures.Add(rgb);
        }

        Assert.Equal(4, pictures.Select(Convert.ToHexString).Distinct().Count());
        var (plain, _) = await GetAsync($"{address}/2/image");
        Assert.Equal(ImageFile.ReadRgb(plain).Rgb[..3], pictures[0][..3]);
        foreach (string wrong in new[] { "scale=0", "scale=99", "parts=hair" })
        {
            using var refused = await fixture.Reader.GetAsync($"{address}/2/overlay?{wrong}");
            Assert.Equal(HttpStatusCode.BadRequest, (await refused.ProblemAsync()).Status);
        }
    }

    [Fact]
    public async Task Samples_in_a_row_come_as_a_tar_with_the_members_of_a_shard()
    {
        await fixture.Writer.CompleteAsync(Submission("row", Pair, 20));
        using var tar = new TarReader(new MemoryStream(await fixture.Reader.GetByteArrayAsync("/api/v1/datasets/row/samples.tar?first=8&count=5")));
        var members = new Dictionary<string, byte[]>();
        while (tar.GetNextEntry() is { } entry)
        {
            using var content = new MemoryStream();
            entry.DataStream!.CopyTo(content);
            members.Add(entry.Name, content.ToArray());
        }

        Assert.Equal(20, members.Count);
        Assert.Equal((await GetAsync("/api/v1/datasets/row/samples/12/segmentation")).Bytes, members["000000012.seg.png"]);
    }

    [Fact]
    public async Task A_row_of_samples_that_are_not_all_there_is_refused_before_the_answer_begins()
    {
        await fixture.Writer.CompleteAsync(Submission("short", Pair, 20));
        string address = await VirtualAsync(new { pair = Pair });
        foreach (string row in new[] { "datasets/short/samples.tar?first=15&count=10", "datasets/short/samples.tar?first=-1&count=2", "datasets/short/samples.tar?first=9223372036854775807&count=10", $"{address["/api/v1/".Length..^"/samples".Length]}/samples.tar?first=9223372036854775800&count=10" })
        {
            using var refused = await fixture.Reader.GetAsync($"/api/v1/{row}");
            Assert.Equal((row, HttpStatusCode.NotFound), (row, (await refused.ProblemAsync()).Status));
        }
    }

    [Theory]
    [InlineData("{\"pair\":null}")]
    [InlineData("null")]
    [InlineData("""{"pair":"0000000000000000000000000000000000000000000000000000000000000000","image_format":null}""")]
    public async Task An_address_that_no_silo_made_is_none(string token)
    {
        using var response = await fixture.Reader.GetAsync($"/api/v1/virtual/{System.Buffers.Text.Base64Url.EncodeToString(System.Text.Encoding.UTF8.GetBytes(token))}/samples/0");
        Assert.Equal(HttpStatusCode.NotFound, (await response.ProblemAsync()).Status);
    }

    [Fact]
    public async Task Many_requests_for_samples_at_once_are_all_answered()
    {
        string address = await VirtualAsync(new { pair = Pair, seed = 11 });
        var all = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => GetAsync($"{address}/{i % 20}/image")));
        Assert.Equal(20, all.Select(a => Convert.ToHexString(a.Bytes)).Distinct().Count());
    }

    private async Task<string> VirtualAsync(object request)
    {
        using var response = await fixture.Reader.PostAsJsonAsync("/api/v1/virtual", request);
        response.EnsureSuccessStatusCode();
        return (string)(await response.Content.ReadFromJsonAsync<JsonObject>())!["samples"]!;
    }

    private async Task<(byte[] Bytes, string? Source)> GetAsync(string path)
    {
        using var response = await fixture.Reader.GetAsync(path);
        Assert.True(response.IsSuccessStatusCode, $"{path}: {(int)response.StatusCode} {(response.IsSuccessStatusCode ? "" : await response.Content.ReadAsStringAsync())}");
        return (await response.Content.ReadAsByteArrayAsync(), response.Headers.TryGetValues("HandsOff-Source", out var source) ? source.First() : null);
    }
}
