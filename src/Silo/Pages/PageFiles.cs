using System.Collections.Frozen;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace HandsOff.Silo.Pages;

/// <summary>
/// The page: plain modules and one style sheet, embedded, so that a silo is one program and the page is always its own version's. It
/// holds no secret and is served to all; what it shows comes from the API.
/// </summary>
internal static class PageFiles
{
    private const string Prefix = "page/";

    private static readonly FrozenDictionary<string, PageFile> s_files = Load();

    public static void MapPage(this IEndpointRouteBuilder app)
    {
        app.MapGet("/", (HttpContext context) => Serve(context, "index.html")).AllowAnonymous().ExcludeFromDescription();
        foreach (string name in s_files.Keys) app.MapGet($"/{name}", (HttpContext context) => Serve(context, name)).AllowAnonymous().ExcludeFromDescription();
        app.MapGet("/favicon.ico", (HttpContext context) => Serve(context, "icon.svg")).AllowAnonymous().ExcludeFromDescription();
    }

    private static FileContentHttpResult Serve(HttpContext context, string name)
    {
        var file = s_files[name];
        context.Response.Headers.CacheControl = "no-cache";
        return TypedResults.Bytes(file.Bytes, file.Type, entityTag: file.Tag);
    }

    private static FrozenDictionary<string, PageFile> Load()
    {
        var files = new Dictionary<string, PageFile>(StringComparer.Ordinal);
        var assembly = typeof(PageFiles).Assembly;
        foreach (string resource in assembly.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            using var stream = assembly.GetManifestResourceStream(resource)!;
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            files[resource[Prefix.Length..].Replace('\\', '/')] = new PageFile(bytes, TypeOf(resource), new($"\"{Convert.ToHexStringLower(SHA256.HashData(bytes))}\""));
        }

        return files.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => "text/plain; charset=utf-8",
    };
}
