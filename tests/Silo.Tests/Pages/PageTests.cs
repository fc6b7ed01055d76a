using System.Net;
using System.Text.RegularExpressions;
using HandsOff.Silo.Tests.Support;

namespace HandsOff.Silo.Tests.Pages;

public sealed partial class PageTests(SiloFixture fixture) : IClassFixture<SiloFixture>
{
    [Fact]
    public async Task The_page_and_all_it_names_are_served_with_a_strict_policy_and_nothing_comes_from_elsewhere()
    {
        using var client = await fixture.Silo.ClientAsync(null);
        var waiting = new Queue<string>(["/"]);
        var seen = new HashSet<string>();
        while (waiting.TryDequeue(out string? path))
        {
            if (!seen.Add(path)) continue;
            using var response = await client.GetAsync(path);
            if (path == "/orleans/")
            {
                Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode); // for operators, who have a key
                continue;
            }

            Assert.Equal((path, HttpStatusCode.OK), (path, response.StatusCode));
            string policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
            Assert.StartsWith("default-src 'none'", policy);
            Assert.DoesNotContain("unsafe", policy);
            Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
            string text = await response.Content.ReadAsStringAsync();
            foreach (Match match in Named().Matches(text))
            {
                string name = match.Groups[1].Value;
                Assert.False(name.Contains("://", StringComparison.Ordinal) || name.StartsWith("//", StringComparison.Ordinal), $"{path} names {name}");
                waiting.Enqueue(new Uri(new Uri(client.BaseAddress!, path), name).AbsolutePath);
            }

            Assert.DoesNotContain(" style=\"", text);
        }

        Assert.Contains("/vendor/uplot/uPlot.esm.js", seen);
        Assert.True(seen.Count > 12);
    }

    [Fact]
    public async Task A_file_that_the_browser_has_is_not_sent_again()
    {
        using var client = await fixture.Silo.ClientAsync(null);
        using var first = await client.GetAsync("/app.css");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/app.css") { Headers = { IfNoneMatch = { first.Headers.ETag! } } };
        using var second = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
    }

    [GeneratedRegex("""(?:src=|href=|from |import )["']([^"'#]+)["']""")]
    private static partial Regex Named();
}
