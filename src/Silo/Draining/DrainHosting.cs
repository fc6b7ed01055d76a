using Microsoft.Extensions.DependencyInjection;

namespace HandsOff.Silo.Draining;

/// <summary>Adds the watch for the notice that a machine will be taken away.</summary>
internal static class DrainHosting
{
    public static IServiceCollection AddDrainNotice(this IServiceCollection services)
    {
        services.AddOptions<NoticeSettings>().BindConfiguration(NoticeSettings.Section).ValidateDataAnnotations()
            .Validate(s => s.Url is null or { IsAbsoluteUri: true, Scheme: "http" or "https" }, $"{NoticeSettings.Section}:{nameof(NoticeSettings.Url)}: should begin with http:// or https://")
            .ValidateOnStart();
        return services.AddHostedService<NoticeWatcher>();
    }
}
