using HandsOff.Silo.Api;
using HandsOff.Silo.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace HandsOff.Silo.Hosting;

/// <summary>The HTTP side of a silo, only there when it was asked for.</summary>
internal static class SiloHttp
{
    /// <summary>Adds the server and its services; the silo's own services are in the builder already.</summary>
    public static void Add(WebApplicationBuilder builder, SiloSettings settings, string address)
    {
        builder.WebHost.UseKestrelCore().UseUrls(address);
        builder.Services.AddHandsOffWeb(builder.Configuration, settings.Store);
    }

    /// <summary>Puts the endpoints in place.</summary>
    public static void Map(WebApplication app) => app.UseHandsOffWeb();
}
