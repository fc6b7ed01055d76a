using System.Collections.Immutable;
using HandsOff.Grains.Scheduling;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace HandsOff.Silo.Clustering;

/// <summary>
/// Tells the datasets' coordinators when the cluster has declared a silo dead, so that its shards are given to others at once
/// and not when their leases run out. Every silo tells: one that was chosen for it may be dead itself and nobody know yet, and being told again
/// changes nothing.
/// </summary>
internal sealed class SiloDeaths(IClusterMembershipService membership, IGrainFactory grains, TimeProvider time, ILogger<SiloDeaths> log) : BackgroundService
{
    // The scheduler may have died with the silo: a new one hears of the open datasets within two seconds.
    private static readonly ImmutableArray<TimeSpan> s_tellAfter = [TimeSpan.Zero, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(5)];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var known = new HashSet<SiloAddress>();
        bool first = true;
        try
        {
            await foreach (var snapshot in membership.MembershipUpdates.WithCancellation(stoppingToken))
            {
                foreach (var member in snapshot.Members.Values.Where(m => m.Status == SiloStatus.Dead))
                {
                    if (!known.Add(member.SiloAddress) || first) continue;
                    log.SiloDied(member.Name, member.SiloAddress.ToString());
                    _ = TellAsync(member.Name, stoppingToken);
                }

                first = false;
            }
        }
        catch (OperationCanceledException)
        {
            // The silo ends.
        }
    }

    private async Task TellAsync(string silo, CancellationToken cancellationToken)
    {
        foreach (var pause in s_tellAfter)
        {
            try
            {
                await Task.Delay(pause, time, cancellationToken);

                // It came back under its name: its nodes' new life ends what the former held.
                if (membership.CurrentSnapshot.Members.Values.Any(m => m.Name == silo && m.Status == SiloStatus.Active)) return;
                await grains.GetGrain<IClusterSchedulerGrain>(0).NodeGone(silo);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                log.DeathNotTold(silo, e); // told again; in the end the leases run out
            }
        }
    }
}
