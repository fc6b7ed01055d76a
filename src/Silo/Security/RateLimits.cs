using System.Globalization;
using System.Threading.RateLimiting;
using HandsOff.Silo.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace HandsOff.Silo.Security;

/// <summary>How many requests a caller may send: a bucket for each key, and a smaller one for each address that gives none.</summary>
internal static class RateLimits
{
    public static void AddHandsOffRateLimits(this IServiceCollection services)
    {
        services.AddRateLimiter(_ => { });
        services.AddOptions<RateLimiterOptions>().Configure<IOptions<WebOptions>>((limits, web) =>
        {
            limits.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(context => Partition(context, web.Value));
            limits.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
            limits.OnRejected = async (rejected, _) =>
            {
                var wait = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : TimeSpan.FromSeconds(1);
                rejected.HttpContext.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
                await Problems.WriteAsync(rejected.HttpContext, StatusCodes.Status429TooManyRequests, "too many requests; Retry-After says when to ask again");
            };
        });
    }

    private static RateLimitPartition<string> Partition(HttpContext context, WebOptions web)
    {
        if (context.Request.Path.StartsWithSegments("/health")) return RateLimitPartition.GetNoLimiter("health");
        var user = context.User;
        bool known = user.Identity?.IsAuthenticated == true;
        string who = known ? $"key {user.FindFirst("sub")?.Value}" : $"address {context.Connection.RemoteIpAddress}";
        int rate = known ? web.RequestsPerSecond : Math.Max(1, web.RequestsPerSecond / 10);
        return RateLimitPartition.GetTokenBucketLimiter(who, _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = known ? web.Burst : Math.Max(20, web.Burst / 10),
            TokensPerPeriod = rate,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1),
            QueueLimit = 0,
        });
    }
}
