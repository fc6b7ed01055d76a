using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HandsOff.Silo.Tests.Draining;

/// <summary>A cloud's metadata service on loopback: answers a path with a text, and only requests that bring the header <c>Metadata: true</c>.</summary>
internal sealed class MetadataService : IAsyncDisposable
{
    private readonly WebApplication _app;

    private MetadataService(WebApplication app) => _app = app;

    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

    public static async Task<MetadataService> StartAsync(Func<string, string> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(k => k.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        app.Run(context =>
        {
            if (context.Request.Headers["Metadata"] == "true") return context.Response.WriteAsync(answer(context.Request.Path));
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return Task.CompletedTask;
        });
        await app.StartAsync();
        return new MetadataService(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
