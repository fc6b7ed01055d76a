using HandsOff.Silo.Api;
using Microsoft.AspNetCore.Http;

namespace HandsOff.Silo.Security;

/// <summary>
/// Refuses changes that another site's page makes a browser send: what the browser adds by itself (the cookie, being on this machine)
/// proves nothing about who asks. Programs send neither header and pass.
/// </summary>
internal sealed class CrossSiteGuard(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        bool safe = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method);
        if (safe || ApiKeyHandler.Token(request) is not null) return next(context);
        string? site = request.Headers["Sec-Fetch-Site"], origin = request.Headers.Origin;
        bool foreign = site is not (null or "same-origin" or "none")
            || (origin is not null && (!Uri.TryCreate(origin, UriKind.Absolute, out var from) || !from.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase)));
        return foreign ? Problems.WriteAsync(context, StatusCodes.Status403Forbidden, "the request comes from another site's page") : next(context);
    }
}
