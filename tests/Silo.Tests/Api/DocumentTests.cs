using HandsOff.Silo.Tests.Support;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace HandsOff.Silo.Tests.Api;

public sealed class DocumentTests(SiloFixture fixture) : IClassFixture<SiloFixture>
{
    [Fact]
    public async Task The_OpenAPI_document_describes_every_address_of_the_API()
    {
        using var client = await fixture.Silo.ClientAsync(null);
        var document = await client.JsonAsync("/openapi/v1.json");
        string[] described = [.. document["paths"]!.AsObject().Select(p => p.Key.TrimEnd('/'))];
        foreach (var endpoint in fixture.Silo.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>())
        {
            string path = "/" + endpoint.RoutePattern.RawText!.Trim('/').Replace(":long", "", StringComparison.Ordinal).Replace("{**path}", "{path}", StringComparison.Ordinal);
            if (path.StartsWith("/api/", StringComparison.Ordinal)) Assert.Contains(path, described);
        }

        Assert.All(document["paths"]!.AsObject().SelectMany(p => p.Value!.AsObject()).Where(o => o.Key is "get" or "post" or "patch" or "delete"), o => Assert.NotNull(o.Value!["summary"]));
        Assert.NotNull(document["components"]!["securitySchemes"]!["bearer"]);
    }
}
