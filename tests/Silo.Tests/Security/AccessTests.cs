using System.Net;
using System.Net.Http.Json;
using HandsOff.Silo.Tests.Support;

namespace HandsOff.Silo.Tests.Security;

public sealed class AccessTests(SiloFixture fixture) : IClassFixture<SiloFixture>
{
    [Theory]
    [InlineData("GET", "/api/v1/datasets", "reader")]
    [InlineData("GET", "/api/v1/events", "reader")]
    [InlineData("GET", "/api/v1/pairs", "reader")]
    [InlineData("POST", "/api/v1/virtual", "reader")]
    [InlineData("POST", "/api/v1/datasets", "writer")]
    [InlineData("POST", "/api/v1/datasets/estimate", "writer")]
    [InlineData("POST", "/api/v1/datasets/x/cancel", "writer")]
    [InlineData("POST", "/api/v1/datasets/x/extend", "writer")]
    [InlineData("PATCH", "/api/v1/datasets/x", "writer")]
    [InlineData("POST", "/api/v1/nodes/a/cpu:0/drain", "operator")]
    [InlineData("GET", "/orleans/", "operator")]
    public async Task Each_address_asks_for_its_role(string method, string path, string role)
    {
        string[] all = ["reader", "writer", "operator"];
        foreach (string? given in (string?[])[null, .. all])
        {
            using var client = await fixture.Silo.ClientAsync(given);
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            if (method is "POST" or "PATCH") request.Content = JsonContent.Create(new { });
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            bool enough = given is not null && Array.IndexOf(all, given) >= Array.IndexOf(all, role);
            var expected = given is null ? HttpStatusCode.Unauthorized : HttpStatusCode.Forbidden;
            if (enough) Assert.DoesNotContain(response.StatusCode, new[] { HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden });
            else Assert.Equal((given, expected), (given, (await response.ProblemAsync()).Status));
        }
    }

    [Fact]
    public async Task A_caller_on_this_machine_needs_a_key_unless_the_setting_says_otherwise()
    {
        using var stranger = await fixture.Silo.ClientAsync(null);
        Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.GetAsync("/api/v1/datasets")).StatusCode);

        await using var open = await TestSilo.StartAsync(new() { ["HandsOff:Http:AllowLoopbackWithoutKey"] = "true" });
        using var client = await open.ClientAsync(null);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/api/v1/datasets")).StatusCode);

        // A proxy speaks for others; a foreign name that resolves to this machine is DNS rebinding; a wrong key is no key.
        foreach (var (header, value) in new[] { ("X-Forwarded-For", "203.0.113.9"), ("Forwarded", "for=203.0.113.9"), ("Host", "evil.example"), ("Authorization", "Bearer ho_000000000000_wrongwrongwrong") })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/datasets");
            Assert.True(request.Headers.TryAddWithoutValidation(header, value));
            Assert.Equal((header, HttpStatusCode.Unauthorized), (header, (await client.SendAsync(request)).StatusCode));
        }
    }

    [Fact]
    public async Task Another_sites_page_cannot_make_the_browser_change_anything()
    {
        string key = await fixture.Silo.KeyAsync("writer");
        using var browser = await fixture.Silo.ClientAsync(null);
        foreach (var (header, value) in new[] { ("Origin", "https://evil.example"), ("Origin", "null"), ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site") })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/datasets/x/cancel") { Headers = { { "Cookie", $"handsoff_key={key}" }, { header, value } } };
            Assert.Equal((value, HttpStatusCode.Forbidden), (value, (await browser.SendAsync(request)).StatusCode));
        }

        string origin = fixture.Silo.Address.ToString().TrimEnd('/');
        using var own = new HttpRequestMessage(HttpMethod.Post, "/api/v1/datasets/x/cancel") { Headers = { { "Cookie", $"handsoff_key={key}" }, { "Origin", origin }, { "Sec-Fetch-Site", "same-origin" } } };
        Assert.Equal(HttpStatusCode.NotFound, (await browser.SendAsync(own)).StatusCode);
    }

    [Fact]
    public async Task The_page_signs_in_with_a_cookie_that_scripts_cannot_read()
    {
        using var browser = await fixture.Silo.ClientAsync(null);
        using var wrong = await browser.PostAsJsonAsync("/api/v1/session", new { key = "ho_000000000000_x" });
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        string key = await fixture.Silo.KeyAsync("reader");
        using var right = await browser.PostAsJsonAsync("/api/v1/session", new { key });
        string cookie = Assert.Single(right.Headers.GetValues("Set-Cookie"));
        Assert.Contains("httponly", cookie);
        Assert.Contains("samesite=strict", cookie);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/session") { Headers = { { "Cookie", cookie.Split(';')[0] } } };
        using var session = await browser.SendAsync(request);
        Assert.Equal("reader", (string)(await session.Content.ReadFromJsonAsync<System.Text.Json.Nodes.JsonObject>())!["role"]!);
    }

    [Fact]
    public async Task Probes_page_and_document_need_no_key_and_tell_no_secret()
    {
        using var stranger = await fixture.Silo.ClientAsync(null);
        foreach (string path in new[] { "/health/live", "/health/ready", "/health/startup", "/", "/app.js", "/openapi/v1.json" })
        {
            using var response = await stranger.GetAsync(path);
            Assert.Equal((path, HttpStatusCode.OK), (path, response.StatusCode));
            Assert.DoesNotContain(fixture.Silo.Root, await response.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task An_unexpected_error_tells_nothing_of_the_insides()
    {
        await using var silo = await TestSilo.StartAsync();
        using var writer = await silo.ClientAsync("writer");
        Directory.CreateDirectory(Path.Combine(silo.Root, "torn"));
        await File.WriteAllTextAsync(Path.Combine(silo.Root, "torn", "request.json"), "{}");
        using var response = await writer.GetAsync("/api/v1/datasets/torn/survey");
        string answer = await response.Content.ReadAsStringAsync();
        Assert.DoesNotContain("   at ", answer);
        Assert.DoesNotContain(silo.Root, answer);
        Assert.Contains("torn/request.json", answer);
        Assert.NotEqual(HttpStatusCode.InternalServerError, response.StatusCode);
    }
}
