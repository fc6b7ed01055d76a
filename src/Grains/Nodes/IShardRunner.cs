using HandsOff.Core.Datasets.Timing;
using HandsOff.Grains.Coordination;

namespace HandsOff.Grains.Nodes;

/// <summary>Makes shards on one device: what a <see cref="NodeWorker"/> feeds.</summary>
public interface IShardRunner : IAsyncDisposable
{
    /// <summary>Digests of the pairs loaded so far.</summary>
    IReadOnlyList<string> Pairs { get; }

    /// <summary>How much of the time its stages work; null where that is not known.</summary>
    StageClock? Clock => null;

    /// <summary>
    /// Makes the shard and commits it. May run several times at once: the device is shared, encoding and upload overlap.
    /// </summary>
    /// <param name="dataset">The dataset's store.</param>
    /// <param name="requestJson">Its request.</param>
    /// <param name="grant">Which shard.</param>
    /// <param name="node">Who makes it, for the receipt.</param>
    /// <param name="progress">Hears how many samples are done.</param>
    /// <param name="cancellationToken">Stops within a micro-batch; nothing of the shard stays behind.</param>
    Task<ShardDone> RunAsync(string dataset, string requestJson, ShardGrant grant, string node, Action<int> progress, CancellationToken cancellationToken);
}
