using HandsOff.Core.Storage;
using Microsoft.Extensions.Configuration;

namespace HandsOff.Client.Settings;

/// <summary>
/// Settings from appsettings.json beside the program and in the current directory, then from HANDSOFF__ environment variables;
/// the later ones win, and the command line wins over all. Section <c>HandsOff</c>.
/// </summary>
internal static class ClientSettings
{
    /// <exception cref="Core.HandsOffException">A file is not JSON.</exception>
    public static IConfiguration Load()
    {
        try
        {
            var settings = new ConfigurationBuilder()
                .AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true)
                .AddJsonFile(Path.Combine(Directory.GetCurrentDirectory(), "appsettings.json"), optional: true)
                .AddEnvironmentVariables()
                .Build();
            if (settings["HandsOff:Storage:TransferCheck"] is { Length: > 0 } check) BlobStores.TransferCheck = BlobStores.ParseTransferCheck(check);
            return settings;
        }
        catch (InvalidDataException e)
        {
            throw Core.HandsOffException.Usage($"{e.Message} {e.InnerException?.Message}".Trim());
        }
    }

    /// <summary>The setting that stands for an option: <c>--shard-size</c> of generate is <c>HandsOff:Generate:ShardSize</c>.</summary>
    public static string? Of(this IConfiguration settings, string command, string option) =>
        settings[$"HandsOff:{command}:{option.Replace("-", "", StringComparison.Ordinal)}"];
}
