using HandsOff.Core.Datasets.Encoding;
using HandsOff.Core.Datasets.Production;
using HandsOff.Core.Datasets.Reading;
using HandsOff.Core.Storage;

namespace HandsOff.Core.Datasets;

/// <summary>Checks a dataset against its own record, and, with an engine, against the pair that made it.</summary>
public static class DatasetVerifier
{
    /// <summary>
    /// Reads every shard back: sizes, SHA-256s, tables, plan and manifest. An unfinished dataset is checked as far as it is. With an
    /// <paramref name="engine"/>, a random <paramref name="share"/> of the samples (at least one) is made again: equal digests
    /// inside a kernel class, within <see cref="SampleComparison"/>'s tolerances across classes.
    /// </summary>
    /// <param name="store">The dataset's store.</param>
    /// <param name="engine">The pair's engine, or null to check files only. Used on one thread.</param>
    /// <param name="share">0 to 1.</param>
    /// <param name="choiceSeed">Chooses the samples.</param>
    /// <param name="progress">Hears how many shards were read back.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task<VerifyReport> RunAsync(
        IBlobStore store, ISampleEngine? engine, double share, ulong choiceSeed, Action<int>? progress, CancellationToken cancellationToken)
    {
        if (share is not (>= 0 and <= 1)) throw HandsOffException.Usage($"regenerate {share}: should be 0 to 1");
        var state = await DatasetState.OpenAsync(store, cancellationToken).ConfigureAwait(false);
        if (engine is not null) EngineInfo.Of(engine).Require(state.Request);
        var faults = new List<ShardFault>();
        var shards = await CommittedAsync(state, faults, cancellationToken).ConfigureAwait(false);
        var tables = new Dictionary<int, ShardTable>();
        var damaged = await ShardCheck.AllAsync(
            store, state.Request, shards, (shard, table) => { if (engine is not null) tables.Add(shard.Shard, table); }, progress, cancellationToken).ConfigureAwait(false);
        faults.AddRange(damaged);
        if (state.IsFinished) await StrayAsync(state, shards, faults, cancellationToken).ConfigureAwait(false);

        Regeneration? regeneration = null;
        if (engine is not null && share > 0 && tables.Count > 0)
        {
            regeneration = new Regeneration(state, engine, share, choiceSeed);
            long always = tables[tables.Keys.Min()].Index[0];
            foreach (var shard in shards.Where(s => tables.ContainsKey(s.Shard)))
                await regeneration.RunAsync(shard, tables[shard.Shard], always, cancellationToken).ConfigureAwait(false);
            faults.AddRange(regeneration.Faults);
        }

        return new VerifyReport
        {
            Dataset = store.Description,
            Samples = shards.Sum(s => (long)s.Count),
            Shards = shards.Count,
            Bytes = shards.Sum(s => s.Blobs.Sum(b => b.Bytes)),
            Finished = state.IsFinished,
            Faults = faults,
            Regenerated = regeneration?.Compared ?? 0,
            Identical = regeneration?.Identical ?? 0,
            AcrossKernelClasses = regeneration?.AcrossKernelClasses ?? false,
        };
    }

    /// <summary>What the committed shards should be: the manifest's word where it has one, else the receipts'. Disagreements become faults.</summary>
    internal static async Task<IReadOnlyList<ManifestShard>> CommittedAsync(DatasetState state, List<ShardFault> faults, CancellationToken cancellationToken)
    {
        var shards = new List<ManifestShard>();
        var listed = state.IsFinished ? state.Manifest!.Shards.ToDictionary(s => s.Shard) : [];
        if (state.IsFinished && (listed.Count != state.Plan.Count || state.Manifest!.ShardSize != state.Request.ShardSize)) faults.Add(new ShardFault(null, $"{DatasetBlobs.Manifest} does not list the plan's {state.Plan.Count} shards"));
        foreach (var range in state.Plan.Shards)
        {
            ShardReceipt? receipt = null;
            try
            {
                receipt = await ShardCommit.ReadReceiptAsync(state.Store, range, cancellationToken).ConfigureAwait(false);
                if (receipt is null && state.IsFinished) faults.Add(new ShardFault(range.Shard, $"{range.Receipt} is missing"));
            }
            catch (HandsOffException e)
            {
                faults.Add(new ShardFault(range.Shard, e.Message));
            }

            var shard = listed.GetValueOrDefault(range.Shard) ?? receipt?.Content;
            if (shard is null) continue;
            bool planned = shard.First == range.First && shard.Count == range.Count && shard.Blobs.Select(b => b.Name).SequenceEqual(range.Blobs);
            if (!planned) faults.Add(new ShardFault(range.Shard, "its record does not match the plan"));
            else if (receipt is not null && !receipt.Content.SameContent(shard)) faults.Add(new ShardFault(range.Shard, $"{range.Receipt} and {DatasetBlobs.Manifest} differ"));
            else shards.Add(shard);
        }

        return shards;
    }

    private static async Task StrayAsync(DatasetState state, IReadOnlyList<ManifestShard> shards, List<ShardFault> faults, CancellationToken cancellationToken)
    {
        var known = state.Plan.Shards.SelectMany(r => r.Blobs).Concat(shards.SelectMany(s => s.Blobs.Select(b => b.Name))).ToHashSet(StringComparer.Ordinal);
        await foreach (var entry in state.Store.ListAsync(DatasetBlobs.Shards, cancellationToken).ConfigureAwait(false))
            if (!known.Contains(entry.Name)) faults.Add(new ShardFault(null, $"{entry.Name} belongs to no shard of the plan"));
    }
}
