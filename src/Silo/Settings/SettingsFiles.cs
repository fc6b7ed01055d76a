using HandsOff.Core;
using HandsOff.Core.Storage;
using Microsoft.Extensions.Configuration;

namespace HandsOff.Silo.Settings;

/// <summary>
/// Settings from appsettings.json beside the program and in the current directory, then from HANDSOFF__ environment variables;
/// the later ones win, and the command line wins over all. Section <c>HandsOff</c>.
/// </summary>
public static class SettingsFiles
{
    /// <exception cref="HandsOffException">A file is not JSON; the storage's transfer check is not known.</exception>
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
            throw HandsOffException.Usage($"{e.Message} {e.InnerException?.Message}".Trim());
        }
    }
}
