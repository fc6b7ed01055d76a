using HandsOff.Core.Datasets.Checking;
using HandsOff.Core.Datasets.Production;
using HandsOff.Core.Datasets.Reading;
using HandsOff.Core.Storage;

namespace HandsOff.Core.Datasets;

/// <summary>Checks a dataset against its own record, and, with an engine, against the pair that made it.</summary>
public static class DatasetVerifier
{
    private const int ReceiptsAtOnce = 8;

    /// <summary>
    /// Reads every shard back: sizes, SHA-256s, tables, plan and manifest. An unfinished dataset is checked as far as it is. With an
    /// <paramref name="engine"/>, a random <paramref name="share"/> of the samples (at least one) is made again: equal digests
    /// inside a kernel class, within <see cref="SampleComparison"/>'s tolerances across classes.
    /// </summary>
    /// <param name="store">The dataset's store.</param>
    /// <param name="engine">The pair's engine, or null to check files only. Used by one caller at a time.</param>
    /// <param name="share">0 to 1.</param>
    /// <param name="choiceSeed">Chooses the samples.</param>
    /// <param name="progress">Hears how many shards were read back and compared.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task<VerifyReport> RunAsync(
        IBlobStore store, ISampleEngine? engine, double share, ulong choiceSeed, Action<CrewProgress>? progress, CancellationToken cancellationToken)
    {
        CheckShare(share);
        await using var crew = new LocalShardCrew(engine);
        return await RunAsync(crew, store, engine is null ? 0 : share, choiceSeed, progress, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The same by a crew: nothing but receipts and reports come here. With a share over 0 the crew makes samples again.</summary>
    /// <inheritdoc cref="RunAsync(IBlobStore, ISampleEngine, double, ulong, Action{CrewProgress}, CancellationToken)"/>
    public static async Task<VerifyReport> RunAsync(
        IShardCrew crew, IBlobStore store, double share, ulong choiceSeed, Action<CrewProgress>? progress, CancellationToken cancellationToken)
    {
        CheckShare(share);
        var state = await DatasetState.OpenAsync(store, cancellationToken).ConfigureAwait(false);
        if (share > 0) await crew.ReadyAsync(state, cancellationToken).ConfigureAwait(false);
        var faults = new List<ShardFault>();
        var work = new CrewWork(crew, state, progress);
        var shards = await CommittedAsync(state, faults, cancellationToken).ConfigureAwait(false);
        var damaged = await work.ReadBackAsync(shards, cancellationToken).ConfigureAwait(false);
        faults.AddRange(damaged);
        if (state.IsFinished) await StrayAsync(state, shards, faults, cancellationToken).ConfigureAwait(false);

        RegenerationReport? regeneration = null;
        var unsound = damaged.Select(f => f.Shard).ToHashSet();
        ManifestShard[] sound = [.. shards.Where(s => !unsound.Contains(s.Shard))];
        if (share > 0 && sound.Length > 0)
        {
            regeneration = await work.RegenerateAsync(sound, new SampleChoice(share, choiceSeed, sound[0].First), cancellationToken).ConfigureAwait(false);
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
        var plan = state.Plan;
        var receipts = new (ShardReceipt? Receipt, string? Bad)[plan.Count];
        await Parallel.ForAsync(0, receipts.Length, new ParallelOptions { MaxDegreeOfParallelism = ReceiptsAtOnce, CancellationToken = cancellationToken }, async (i, ct) =>
        {
            try
            {
                receipts[i] = (await ShardCommit.ReadReceiptAsync(state.Store, plan[i], ct).ConfigureAwait(false), null);
            }
            catch (HandsOffException e) when (!e.IsTransient)
            {
                receipts[i] = (null, e.Message);
            }
        }).ConfigureAwait(false);
        foreach (var range in plan.Shards)
        {
            var (receipt, bad) = receipts[range.Shard];
            if (bad is not null) faults.Add(new ShardFault(range.Shard, bad));
            else if (receipt is null && state.IsFinished) faults.Add(new ShardFault(range.Shard, $"{range.Receipt} is missing"));
            var shard = listed.GetValueOrDefault(range.Shard) ?? receipt?.Content;
            if (shard is null) continue;
            bool planned = shard.First == range.First && shard.Count == range.Count && shard.Blobs.Select(b => b.Name).SequenceEqual(range.Blobs);
            if (!planned) faults.Add(new ShardFault(range.Shard, "its record does not match the plan"));
            else if (receipt is not null && !receipt.Content.SameContent(shard)) faults.Add(new ShardFault(range.Shard, $"{range.Receipt} and {DatasetBlobs.Manifest} differ"));
            else shards.Add(shard);
        }

        return shards;
    }

    private static void CheckShare(double share)
    {
        if (share is not (>= 0 and <= 1)) throw HandsOffException.Usage($"regenerate {share.ToString(System.Globalization.CultureInfo.InvariantCulture)}: should be 0 to 1");
    }

    private static async Task StrayAsync(DatasetState state, IReadOnlyList<ManifestShard> shards, List<ShardFault> faults, CancellationToken cancellationToken)
    {
        var known = state.Plan.Shards.SelectMany(r => r.Blobs).Concat(shards.SelectMany(s => s.Blobs.Select(b => b.Name))).ToHashSet(StringComparer.Ordinal);
        await foreach (var entry in state.Store.ListAsync(DatasetBlobs.Shards, cancellationToken).ConfigureAwait(false))
            if (!known.Contains(entry.Name)) faults.Add(new ShardFault(null, $"{entry.Name} belongs to no shard of the plan"));
    }
}
