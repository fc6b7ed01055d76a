using System.Runtime.CompilerServices;
using HandsOff.Core;
using HandsOff.Grains.Coordination;
using HandsOff.Grains.Diagnostics;

namespace HandsOff.Client.Cluster;

/// <summary>
/// Follows a dataset to its end. It asks again and again instead of listening, so no death of a silo can cut it off; and since the
/// store is the record, an end that the cluster is too broken to tell is read there.
/// </summary>
/// <param name="cluster">What messages call the cluster.</param>
/// <param name="ask">Asks the coordinator.</param>
/// <param name="look">Looks at the store; null when it holds no such dataset.</param>
/// <param name="options">How often, and how patient.</param>
/// <param name="time">The clock.</param>
internal sealed class DatasetWatch(
    string cluster, Func<Task<DatasetStatus>> ask, Func<CancellationToken, Task<DatasetStatus?>> look, HandsOffClientOptions options, TimeProvider time)
{
    /// <summary>Figures as they come; the last one is over. While nobody answers, the last ones with a message that says so.</summary>
    /// <exception cref="HandsOffException">There is no such dataset, or nobody answered for <see cref="HandsOffClientOptions.WatchPatience"/>.</exception>
    public async IAsyncEnumerable<DatasetStatus> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long heard = time.GetTimestamp();
        DatasetStatus? last = null;
        while (true)
        {
            var (status, trouble) = await AskAsync(cancellationToken);
            if (trouble is null) heard = time.GetTimestamp();
            if (status is null or { Phase: DatasetPhase.Unknown })
            {
                var stored = await LookAsync(trouble, cancellationToken);
                if (stored is { IsOver: true }) status = stored;
                else if (trouble is null) status = stored ?? throw new HandsOffException($"{cluster}: there is no such dataset");
                else if (time.GetElapsedTime(heard) >= options.WatchPatience) throw new HandsOffException($"{cluster}: no answer for {options.WatchPatience.TotalMinutes:0} minutes ({trouble}); the dataset goes on when its silos do", HandsOffException.Failed);
                else status = (last ?? stored) is { } known ? known with { Message = $"the cluster does not answer ({trouble}); still trying" } : null;
            }
            else
            {
                last = status;
            }

            if (status is not null) yield return status;
            if (status is { IsOver: true }) yield break;
            await Task.Delay(options.PollInterval, time, cancellationToken);
        }
    }

    private async Task<(DatasetStatus? Status, string? Trouble)> AskAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await ask().WaitAsync(cancellationToken), null);
        }
        catch (Exception e) when (ClusterTrouble.Is(e, cancellationToken))
        {
            return (null, ClusterCalls.Brief(e));
        }
    }

    private async Task<DatasetStatus?> LookAsync(string? trouble, CancellationToken cancellationToken)
    {
        try
        {
            return await look(cancellationToken);
        }
        catch (HandsOffException) when (trouble is not null)
        {
            return null; // the store is silent too: both may come back
        }
    }
}
