using HandsOff.Silo.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace HandsOff.Silo.Api;

/// <summary>The pairs that datasets can be made with.</summary>
internal static class PairsApi
{
    public static void MapPairs(this IEndpointRouteBuilder api)
    {
        var pairs = api.MapGroup("/pairs").RequireAuthorization(Roles.Reader).WithTags("pairs");
        pairs.MapGet("/", async (PairService service, CancellationToken cancel) => TypedResults.Ok((await service.ListAsync(cancel)).Select(PairView.Of).ToArray())).WithSummary("All pairs.");
        pairs.MapGet("/{pair}", async (string pair, PairService service, CancellationToken cancel) =>
            TypedResults.Ok(PairView.Of(await service.FindAsync(pair, cancel) ?? throw new NotFoundException($"pair '{pair}': there is none of this name or digest"))))
            .WithSummary("A pair by name or digest.").ProducesProblem(404);
    }
}
