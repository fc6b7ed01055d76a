using HandsOff.Core;
using HandsOff.Core.Catalog;
using HandsOff.Core.Storage;
using HandsOff.Grains.Coordination;
using HandsOff.Silo.Settings;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HandsOff.Silo.Clustering;

/// <summary>
/// Finds the unfinished datasets again: lists the catalog when the silo starts and every minute after, and asks each one's
/// coordinator how it stands. A coordinator that nobody had called goes on from storage then, with the weight, priority and
/// pause that the catalog keeps.
/// </summary>
internal sealed class OpenDatasets(DatasetCatalog catalog, SiloSettings settings, IGrainFactory grains, TimeProvider time, ILogger<OpenDatasets> log) : BackgroundService
{
    private static readonly TimeSpan s_period = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_afterTrouble = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            bool all = await TouchAllAsync(stoppingToken);
            await Task.Delay(all ? s_period : s_afterTrouble, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<bool> TouchAllAsync(CancellationToken cancellationToken)
    {
        bool all = true;
        try
        {
            await foreach (var entry in catalog.OpenAsync(cancellationToken))
            {
                try
                {
                    await grains.GetGrain<IDatasetCoordinatorGrain>(BlobStores.Combine(settings.Store, entry.Name)).Status();
                }
                catch (Exception e) when (!cancellationToken.IsCancellationRequested)
                {
                    log.CoordinatorSilent(entry.Name, e);
                    all = false;
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The silo ends.
        }
        catch (Exception e)
        {
            log.CatalogUnread(e.Message); // whatever it was, it must not end the silo
            all = false;
        }

        return all;
    }
}
