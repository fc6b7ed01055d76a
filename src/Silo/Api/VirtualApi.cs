using System.Text.Json.Nodes;
using HandsOff.Silo.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace HandsOff.Silo.Api;

/// <summary>Datasets of which nothing is stored.</summary>
internal static class VirtualApi
{
    public static void MapVirtual(this IEndpointRouteBuilder api, SampleSource source)
    {
        var group = api.MapGroup("/virtual").RequireAuthorization(Roles.Reader).WithTags("virtual");
        group.MapPost("/", async (SampleRequest request, PairService pairs, CancellationToken cancel) =>
        {
            var resolved = await pairs.ResolveAsync(request, 1, cancel);
            return TypedResults.Ok(View(SampleSource.Token(request, resolved.Pair.Digest), resolved));
        }).WithSummary("Gives the address of a dataset of which nothing is stored: its samples are made when they are asked for.");
        var one = group.MapGroup("/{token}");
        one.MapGet("/", async (string token, CancellationToken cancel) => TypedResults.Ok(View(token, await source.VirtualAsync(token, cancel)))).WithSummary("What a virtual dataset's address means.");
        one.MapVirtualSamples(source);
    }

    private static VirtualDataset View(string token, Core.Datasets.DatasetRequest request) =>
        new(token, request.Sha256(), JsonNode.Parse(request.ToJson())!, $"{HandsOffWeb.ApiPath}/virtual/{token}/samples");
}
