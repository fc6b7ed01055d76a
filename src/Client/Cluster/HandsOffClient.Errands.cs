using System.Text;
using HandsOff.Client.Cluster.Errands;
using HandsOff.Core;
using HandsOff.Core.Datasets;
using HandsOff.Core.Datasets.Checking;
using HandsOff.Grains.Coordination;
using HandsOff.Grains.Nodes;

namespace HandsOff.Client.Cluster;

/// <summary>What the cluster's nodes do with a dataset that is there: check it, mend it, make single samples of it again.</summary>
public sealed partial class HandsOffClient
{
    /// <summary>
    /// Has a dataset's shards read back by the nodes, each from the store itself, and a share of its samples made again by their devices. The report is the one that
    /// <see cref="DatasetVerifier"/> gives here. A silo that dies meanwhile has its share asked of the others.
    /// </summary>
    /// <param name="name">The dataset.</param>
    /// <param name="share">Share of the samples to make again and compare: 0 (none) to 1; over 0 at least one.</param>
    /// <param name="choiceSeed">Chooses them: the same ones for the same seed.</param>
    /// <param name="progress">Hears how many shards are done, one call at a time.</param>
    /// <param name="cancellationToken">Stops it; the nodes drop their part within half a minute.</param>
    /// <exception cref="HandsOffException">The share is out of its range (exit code 2); there is no such dataset; its pair is not in the library; no node can do it, because there
    /// is none or all are draining; a shard could not be read for <see cref="HandsOffClientOptions.Patience"/>.</exception>
    public async Task<VerifyReport> VerifyAsync(
        string name, double share = 0, ulong choiceSeed = 0, Action<CrewProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var there = await NeedAsync(name, cancellationToken);
        return await DatasetVerifier.RunAsync(Crew(name), there.Store, share, choiceSeed, progress, cancellationToken);
    }

    /// <summary>
    /// Has a dataset's shards read back by the nodes, and those that are missing or damaged made again by them, each committed as ever. The manifest says afterwards what is
    /// there. Interrupted at any point, it is asked for again. An unfinished dataset is left unfinished.
    /// </summary>
    /// <param name="name">The dataset.</param>
    /// <param name="progress">Hears how many shards are done, one call at a time.</param>
    /// <param name="cancellationToken">Stops it; shards that were removed are made by the next repair.</param>
    /// <exception cref="HandsOffException">The dataset is being made (exit code 2: pause it first, or wait); there is no such dataset; it was cancelled and has something to
    /// mend; its pair is not in the library; no node can do it; a shard could not be made.</exception>
    public async Task<RepairReport> RepairAsync(string name, Action<CrewProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var there = await NeedAsync(name, cancellationToken);
        if (!there.IsFinished && !there.IsCancelled)
        {
            var status = await SettledAsync(name, null, cancellationToken);
            bool idle = status.Phase is DatasetPhase.Unknown || status.IsOver || status is { Phase: DatasetPhase.Paused, ShardsLeased: 0 };
            if (!idle) throw HandsOffException.Usage($"dataset '{name}': is being made, and every shard is read back before its end; pause it to repair what is there, or wait");
        }

        return await DatasetRepairer.RunAsync(Crew(name), there.Store, progress, cancellationToken);
    }

    /// <summary>Has a node make one sample of a dataset again, alone, whether it is stored or not. Nothing is stored.</summary>
    /// <param name="name">The dataset.</param>
    /// <param name="index">Which: 0 to its count less one.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="HandsOffException">The index is out of its range (exit code 2); there is no such dataset; its pair is not in the library; no node can make it.</exception>
    public async Task<StoredSample> MakeSampleAsync(string name, long index, CancellationToken cancellationToken = default)
    {
        var there = await NeedAsync(name, cancellationToken);
        if (index < 0 || index >= there.Samples) throw HandsOffException.Usage($"index {index}: should be 0 to {there.Samples - 1}");
        string request = Encoding.UTF8.GetString(there.Request.ToJson());
        var files = await Pool(n => n.MakesSamples).RunAsync<SampleFiles>($"sample {index} of '{name}'", async node => await node.Sample(request, index), cancellationToken);
        return files.ToSample(there.Request, index);
    }

    private ClusterCrew Crew(string name) => new(Pool(n => n.DoesErrands), UriOf(name));

    private NodePool Pool(Func<NodeStatus, bool> can) => new(Name, _grains, can, _options, _time);
}
