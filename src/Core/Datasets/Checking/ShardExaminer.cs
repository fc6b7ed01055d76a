using HandsOff.Core.Datasets.Reading;
using HandsOff.Core.Storage;

namespace HandsOff.Core.Datasets.Checking;

/// <summary>What a member of a crew does with one shard, wherever it runs.</summary>
public static class ShardExaminer
{
    /// <summary>Reads a committed shard back: every blob there, of the stated size and SHA-256, its table agreeing. The first fault, or null.</summary>
    public static async Task<ShardFault?> CheckAsync(IBlobStore store, DatasetRequest request, ManifestShard shard, CancellationToken cancellationToken) =>
        (await ShardCheck.RunAsync(store, request, shard, cancellationToken).ConfigureAwait(false)).Fault;

    /// <summary>
    /// Makes the chosen samples of a shard again: equal digests inside a kernel class, within <see cref="SampleComparison"/>'s tolerances across classes.
    /// Holds a few micro-batches at once, however large the shard is.
    /// </summary>
    /// <exception cref="HandsOffException">The device's pair is not the one that the request is made with.</exception>
    public static Task<RegenerationReport> RegenerateAsync(
        IBlobStore store, DatasetRequest request, IDeviceWorker device, ManifestShard shard, SampleChoice choice, CancellationToken cancellationToken) =>
        new Regeneration(store, request, device, shard, choice).RunAsync(cancellationToken);

    /// <summary>Makes a shard and commits it; what is there then, whoever made it.</summary>
    /// <exception cref="HandsOffException">Something else is there.</exception>
    public static async Task<ManifestShard> MakeAsync(
        IBlobStore store, DatasetRequest request, ShardPipeline pipeline, ShardRange range, string node, CancellationToken cancellationToken)
    {
        var result = await pipeline.RunAsync(new ShardJob(store, request, range, node), null, cancellationToken).ConfigureAwait(false);
        return result is { Outcome: not ShardOutcome.Violation, Receipt: { } receipt } ? receipt.Content : throw new HandsOffException($"{store.Description}: {result.Violation}");
    }
}
