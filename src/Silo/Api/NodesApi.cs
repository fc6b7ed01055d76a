using HandsOff.Grains.Nodes;
using HandsOff.Silo.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace HandsOff.Silo.Api;

/// <summary>The cluster's nodes.</summary>
internal static class NodesApi
{
    public static void MapNodes(this IEndpointRouteBuilder api)
    {
        var nodes = api.MapGroup("/nodes").RequireAuthorization(Roles.Reader).WithTags("nodes");
        nodes.MapGet("/", async (ClusterMonitor monitor, CancellationToken cancel) => TypedResults.Ok((await monitor.LookedAtAsync(cancel)).Nodes)).WithSummary("All nodes, as they were seen at most a second ago.");
        Control(nodes, "drain", "Lets the node finish what it has and take nothing new.", n => n.Drain());
        Control(nodes, "resume", "Lets the node take work again.", n => n.Resume());
    }

    private static void Control(RouteGroupBuilder nodes, string verb, string summary, Func<IGpuNodeGrain, Task> command) =>
        nodes.MapPost($"/{{silo}}/{{device}}/{verb}", async Task<NoContent> (string silo, string device, ClusterMonitor monitor, IGrainFactory grains, CancellationToken cancel) =>
        {
            string node = $"{silo}/{device}";
            if (!(await monitor.LookedAtAsync(cancel)).Nodes.Any(n => n.Node == node)) throw new NotFoundException($"node '{node}': there is none of this name");
            await command(grains.GetGrain<IGpuNodeGrain>(node)).WaitAsync(cancel);
            return TypedResults.NoContent();
        }).RequireAuthorization(Roles.Operator).WithSummary(summary).ProducesProblem(404);
}
