using System.Security.Claims;
using HandsOff.Silo.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace HandsOff.Silo.Security;

/// <summary>How the page signs in: it hands the key over once and gets it back as a cookie that scripts cannot read.</summary>
internal static class SessionApi
{
    public static void MapSession(this IEndpointRouteBuilder api)
    {
        var session = api.MapGroup("/session").WithTags("session");
        session.MapGet("/", (ClaimsPrincipal user) => TypedResults.Ok(View(user.FindFirst("name")?.Value ?? user.Identity?.Name ?? "", Roles.All.LastOrDefault(user.IsInRole) ?? "", user)))
            .RequireAuthorization(Roles.Reader).WithSummary("Who the caller is.");
        session.MapPost("/", SignInAsync).AllowAnonymous().WithSummary("Signs the page in with an API key.");
        session.MapDelete("/", (HttpContext context) =>
        {
            context.Response.Cookies.Delete(ApiKeyHandler.Cookie, Options(context));
            return TypedResults.NoContent();
        }).AllowAnonymous().WithSummary("Signs the page out.");
    }

    private static async Task<Results<Ok<SessionView>, ProblemHttpResult>> SignInAsync(SessionRequest request, ApiKeyRing keys, HttpContext context, CancellationToken cancel)
    {
        if (await keys.FindAsync(request.Key, cancel) is not { } key) return TypedResults.Problem("the key is not known", statusCode: StatusCodes.Status401Unauthorized);
        context.Response.Cookies.Append(ApiKeyHandler.Cookie, request.Key, Options(context));
        return TypedResults.Ok(new SessionView(key.Name, key.Role, SignsOut: true));
    }

    private static SessionView View(string name, string role, ClaimsPrincipal user) => new(name, role, user.FindFirst(ApiKeyHandler.Means)?.Value == "cookie");

    private static CookieOptions Options(HttpContext context) =>
        new() { HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = context.Request.IsHttps, Path = "/", MaxAge = TimeSpan.FromHours(12) };
}
