using HandsOff.Core.Datasets.Reading;
using HandsOff.Core.Storage;

namespace HandsOff.Core.Datasets;

/// <summary>
/// Ends a dataset: reads every shard back, writes card and preview, then the manifest. May be run by several at once and again
/// after a crash at any point. An extension replaces the smaller manifest, then removes the short shard that its full
/// one succeeded.
/// </summary>
public static class DatasetFinalizer
{
    /// <summary>
    /// Finalises the dataset in a store. Shards that are missing or damaged are reported, not mended (see
    /// <see cref="DatasetRepairer"/>); there is no manifest of them then.
    /// </summary>
    /// <param name="store">The dataset's store.</param>
    /// <param name="name">The dataset's name, for manifest and card.</param>
    /// <param name="progress">Hears how many shards were read back.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task<FinalizeResult> RunAsync(IBlobStore store, string name, Action<int>? progress, CancellationToken cancellationToken)
    {
        var state = await DatasetState.OpenAsync(store, cancellationToken).ConfigureAwait(false);
        if (state.IsCancelled) throw new HandsOffException($"{store.Description}: the dataset was cancelled");
        if (!state.IsFinished)
        {
            var (receipts, unreadable) = await state.ReceiptsAsync(cancellationToken).ConfigureAwait(false);
            int[] missing = [.. Enumerable.Range(0, state.Plan.Count).Where(k => !receipts.ContainsKey(k)).Except(unreadable.Select(f => f.Shard!.Value))];
            if (missing.Length > 0 || unreadable.Count > 0) return new FinalizeResult(null, missing, unreadable);
            ManifestShard[] shards = [.. receipts.OrderBy(r => r.Key).Select(r => r.Value.Content)];
            var statistics = new DatasetStatistics(state.Request.Schema.Classes.Count);
            var faults = await ShardCheck.AllAsync(store, state.Request, shards, (_, table) => statistics.Add(table), progress, cancellationToken).ConfigureAwait(false);
            if (faults.Count > 0) return new FinalizeResult(null, [], faults);
            var manifest = new DatasetManifest { Name = name, RequestSha256 = state.RequestSha256, Samples = state.Samples, ShardSize = state.Request.ShardSize, Shards = shards };
            await PresentAsync(state, manifest, statistics, cancellationToken).ConfigureAwait(false);
            await PublishAsync(state, manifest, cancellationToken).ConfigureAwait(false);
            state = await DatasetState.OpenAsync(store, cancellationToken).ConfigureAwait(false);
            if (!(state.Manifest?.Samples >= manifest.Samples)) // a replacement that lost a race: whose won says the next look
                throw new HandsOffException($"{store.Description}: {DatasetBlobs.Manifest} was changed while it was being replaced") { IsTransient = true };
        }

        await RemoveSucceededAsync(state, cancellationToken).ConfigureAwait(false);
        return new FinalizeResult(state.Manifest, [], []);
    }

    /// <summary>Writes the card and the preview of a dataset whose shards are all there.</summary>
    internal static async Task PresentAsync(DatasetState state, DatasetManifest manifest, DatasetStatistics statistics, CancellationToken cancellationToken)
    {
        var reader = new DatasetReader(state);
        var samples = new List<StoredSample>();
        for (long i = 0; i < Math.Min(PreviewSheet.DefaultSamples, manifest.Samples); i++)
            if (await reader.ReadAsync(i, cancellationToken).ConfigureAwait(false) is { } sample) samples.Add(sample);
        await PutAsync(state.Store, DatasetBlobs.Preview, PreviewSheet.Jpeg(samples, state.Request), cancellationToken).ConfigureAwait(false);
        await PutAsync(state.Store, DatasetBlobs.Card, System.Text.Encoding.UTF8.GetBytes(DatasetCard.Write(manifest.Name, state.Request, manifest, statistics)), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Creates a blob or replaces it; a lost race leaves the other's.</summary>
    internal static async Task PutAsync(IBlobStore store, string name, byte[] content, CancellationToken cancellationToken)
    {
        if (await store.CreateAsync(name, content, cancellationToken).ConfigureAwait(false)) return;
        if (await store.ReadAsync(name, cancellationToken).ConfigureAwait(false) is { } there && !there.Bytes.AsSpan().SequenceEqual(content))
            await store.ReplaceAsync(name, content, there.ETag, cancellationToken).ConfigureAwait(false);
    }

    private static async Task PublishAsync(DatasetState state, DatasetManifest manifest, CancellationToken cancellationToken)
    {
        byte[] content = manifest.ToJson();
        if (await state.Store.CreateAsync(DatasetBlobs.Manifest, content, cancellationToken).ConfigureAwait(false)) return;
        var there = await state.Store.ReadAsync(DatasetBlobs.Manifest, cancellationToken).ConfigureAwait(false)
            ?? throw new IOException($"{state.Store.Description}: {DatasetBlobs.Manifest} was there and is gone");
        if (DatasetManifest.FromJson(there.Bytes, DatasetBlobs.Manifest).Samples >= manifest.Samples) return; // another finaliser's
        await state.Store.ReplaceAsync(DatasetBlobs.Manifest, content, there.ETag, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes short last shards that the manifest no longer names: blobs first, then the receipt, so that a crash leaves the receipt to go by.</summary>
    private static async Task RemoveSucceededAsync(DatasetState state, CancellationToken cancellationToken)
    {
        if (state.Manifest is not { } manifest) return;
        var plan = new ShardPlan(manifest.Samples, manifest.ShardSize);
        var succeeded = new List<ShardRange>();
        await foreach (var entry in state.Store.ListAsync(DatasetBlobs.Receipts, cancellationToken).ConfigureAwait(false))
            if (DatasetState.RangeOf(entry.Name, manifest.ShardSize) is { IsShort: true } range && range.Shard < plan.Count && range.Count < plan[range.Shard].Count) succeeded.Add(range);
        foreach (var range in succeeded)
            foreach (string blob in range.Blobs.Append(range.Receipt)) await state.Store.DeleteAsync(blob, cancellationToken).ConfigureAwait(false);
    }
}
