using System.Net;
using System.Security.Claims;
using System.Text.Encodings.Web;
using HandsOff.Silo.Api;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace HandsOff.Silo.Security;

/// <summary>
/// Knows callers by their API key: <c>Authorization: Bearer ho_...</c>, or the page's cookie. Where it is allowed, a caller from this very
/// machine needs none.
/// </summary>
internal sealed class ApiKeyHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory log, UrlEncoder encoder, ApiKeyRing keys, IOptions<WebOptions> web)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, log, encoder)
{
    public const string SchemeName = "key";

    /// <summary>The page's cookie: the key itself, not readable by scripts.</summary>
    public const string Cookie = "handsoff_key";

    /// <summary>The claim that says by what means the caller was known: header, cookie or loopback.</summary>
    public const string Means = "means";

    private const string Bearer = "Bearer ";

    /// <summary>The bearer token of the request, or null.</summary>
    public static string? Token(HttpRequest request)
    {
        string? header = request.Headers[HeaderNames.Authorization];
        return header is not null && header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? header[Bearer.Length..].Trim() : null;
    }

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        string? token = Token(Request), cookie = token is null ? Request.Cookies[Cookie] : null;
        if ((token ?? cookie) is { Length: > 0 } text)
        {
            return await keys.FindAsync(text, Context.RequestAborted) is { } key
                ? Success(key.Id, key.Name, key.Role, token is null ? "cookie" : "header")
                : AuthenticateResult.Fail("unknown key");
        }

        return web.Value.AllowLoopbackWithoutKey && IsThisMachine() ? Success("loopback", "this machine", Roles.Operator, "loopback") : AuthenticateResult.NoResult();
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers[HeaderNames.WWWAuthenticate] = "Bearer";
        return Problems.WriteAsync(Context, StatusCodes.Status401Unauthorized, "give an API key (Authorization: Bearer ho_...); 'handsoff key create' makes one");
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        Problems.WriteAsync(Context, StatusCodes.Status403Forbidden, "this key's role does not suffice");

    private AuthenticateResult Success(string id, string name, string role, string means)
    {
        var identity = new ClaimsIdentity([new("sub", id), new("name", name), new("role", role), new(Means, means)], Scheme.Name, "name", "role");
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme.Name));
    }

    // A proxy on this machine speaks for others, and a name that resolves to this machine may be any site's (DNS rebinding).
    private bool IsThisMachine() =>
        Context.Connection.RemoteIpAddress is { } remote && IPAddress.IsLoopback(remote)
        && !Request.Headers.ContainsKey("X-Forwarded-For") && !Request.Headers.ContainsKey("X-Original-For") && !Request.Headers.ContainsKey("Forwarded")
        && (Request.Host.Host is "localhost" || (IPAddress.TryParse(Request.Host.Host.Trim('[', ']'), out var host) && IPAddress.IsLoopback(host)));
}
