using Microsoft.Extensions.DependencyInjection;

namespace HandsOff.Silo.Draining;

/// <summary>Adds the watch for the notice that a machine will be taken away.</summary>
internal static class DrainHosting
{
    public static IServiceCollection AddDrainNotice(this IServiceCollection services)
    {
        services.AddOptions<NoticeSettings>().BindConfiguration(NoticeSettings.Section).ValidateDataAnnotations()
            .Validate(s => IsWeb(s.Url), $"{NoticeSettings.Section}:{nameof(NoticeSettings.Url)}: should begin with http:// or https://")
            .Validate(s => IsWeb(s.MachineUrl), $"{NoticeSettings.Section}:{nameof(NoticeSettings.MachineUrl)}: should begin with http:// or https://")
            .Validate(s => s.MachineUrl is null || s.Url is not null, $"{NoticeSettings.Section}:{nameof(NoticeSettings.MachineUrl)}: goes with {nameof(NoticeSettings.Url)}, whose answer names machines")
            .ValidateOnStart();
        return services.AddHostedService<NoticeWatcher>();
    }

    private static bool IsWeb(Uri? address) => address is null or { IsAbsoluteUri: true, Scheme: "http" or "https" };
}
