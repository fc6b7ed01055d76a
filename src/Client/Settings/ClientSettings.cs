using HandsOff.Silo.Settings;
using Microsoft.Extensions.Configuration;

namespace HandsOff.Client.Settings;

/// <summary>Settings of the commands (see <see cref="SettingsFiles"/>).</summary>
internal static class ClientSettings
{
    /// <exception cref="Core.HandsOffException">A file is not JSON.</exception>
    public static IConfiguration Load() => SettingsFiles.Load();

    /// <summary>The setting that stands for an option: <c>--shard-size</c> of generate is <c>HandsOff:Generate:ShardSize</c>.</summary>
    public static string? Of(this IConfiguration settings, string command, string option) =>
        settings[$"HandsOff:{command}:{option.Replace("-", "", StringComparison.Ordinal)}"];
}
