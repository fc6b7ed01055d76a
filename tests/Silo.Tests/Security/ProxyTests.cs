using System.Net;
using System.Net.Http.Json;
using HandsOff.Core;
using HandsOff.Silo.Security;
using HandsOff.Silo.Tests.Support;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace HandsOff.Silo.Tests.Security;

/// <summary>A silo behind a proxy that ends TLS.</summary>
public sealed class ProxyTests
{
    [Theory]
    [InlineData("", false)]
    [InlineData("10.9.0.0/16", false)]
    [InlineData("10.9.0.0/16, 127.0.0.1", true)]
    public async Task Only_a_trusted_proxy_is_believed_that_the_browser_came_by_https(string trusted, bool secure)
    {
        await using var silo = await TestSilo.StartAsync(new() { ["HandsOff:Http:TrustedProxies"] = trusted });
        using var client = await silo.ClientAsync(null);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/session") { Content = JsonContent.Create(new { key = await silo.KeyAsync("reader") }), Headers = { { "X-Forwarded-For", "203.0.113.9" }, { "X-Forwarded-Proto", "https" } } };
        using var response = await client.SendAsync(request);
        Assert.Equal(secure, Assert.Single(response.Headers.GetValues("Set-Cookie")).Contains("; secure", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Callers_behind_a_trusted_proxy_are_limited_each_for_itself_and_none_is_this_machine()
    {
        await using var silo = await TestSilo.StartAsync(new()
        {
            ["HandsOff:Http:TrustedProxies"] = "127.0.0.1",
            ["HandsOff:Http:AllowLoopbackWithoutKey"] = "true",
            ["HandsOff:Http:RequestsPerSecond"] = "1",
            ["HandsOff:Http:Burst"] = "5",
        });
        using var client = await silo.ClientAsync(null);
        async Task<HttpStatusCode> AskAsync(string caller)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/datasets") { Headers = { { "X-Forwarded-For", caller } } };
            return (await client.SendAsync(request)).StatusCode;
        }

        var last = HttpStatusCode.Unauthorized;
        for (int i = 0; i < 1000 && last == HttpStatusCode.Unauthorized; i++) last = await AskAsync("203.0.113.9");
        Assert.Equal(HttpStatusCode.TooManyRequests, last);
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync("203.0.113.10"));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync("127.0.0.1"));
    }

    [Fact]
    public async Task Proxies_that_cannot_be_understood_and_tokens_for_anybody_are_refused_at_the_start()
    {
        var wrong = await Assert.ThrowsAsync<OptionsValidationException>(() => TestSilo.StartAsync(new() { ["HandsOff:Http:TrustedProxies"] = "ingress.example" }));
        Assert.Contains("TrustedProxies", wrong.Message);
        var settings = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["HandsOff:Http:Jwt:Authority"] = "https://login.example/" }).Build();
        var missing = Assert.Throws<HandsOffException>(() => new ServiceCollection().AddHandsOffSecurity(settings));
        Assert.Contains("Jwt:Audience", missing.Message);
    }
}
