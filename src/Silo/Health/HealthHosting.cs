using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace HandsOff.Silo.Health;

/// <summary>The three probes, open to all: an orchestrator has no key, and they say nothing worth hiding.</summary>
internal static class HealthHosting
{
    public static void AddHandsOffHealth(this IServiceCollection services)
    {
        services.AddSingleton<Pulse>();
        services.AddHostedService(s => s.GetRequiredService<Pulse>());
        services.AddHealthChecks().AddCheck<LiveCheck>("live", tags: ["live"]).AddCheck<StartupCheck>("startup", tags: ["startup", "ready"]).AddCheck<ReadyCheck>("ready", tags: ["ready"]);
    }

    public static void MapHandsOffHealth(this IEndpointRouteBuilder app)
    {
        foreach (string probe in new[] { "live", "ready", "startup" })
            app.MapHealthChecks($"/health/{probe}", new HealthCheckOptions { Predicate = c => c.Tags.Contains(probe), ResponseWriter = WriteAsync }).AllowAnonymous();
    }

    private static Task WriteAsync(HttpContext context, HealthReport report)
    {
        context.Response.ContentType = "application/json";
        var checks = report.Entries.ToDictionary(e => e.Key, e => e.Value.Status == HealthStatus.Healthy ? "healthy" : e.Value.Description ?? "unhealthy");
        return context.Response.WriteAsync(JsonSerializer.Serialize(new { status = report.Status.ToString().ToLowerInvariant(), checks }), context.RequestAborted);
    }
}
