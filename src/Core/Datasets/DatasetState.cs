using System.Globalization;
using HandsOff.Core.Storage;

namespace HandsOff.Core.Datasets;

/// <summary>
/// A dataset as its storage tells: request, count asked for, manifest. The store is the record; this is a look at it, and opening it again
/// after anything gives the truth.
/// </summary>
public sealed class DatasetState
{
    private const int ReadsAtOnce = 8;

    private DatasetState(IBlobStore store, DatasetRequest request, string requestSha256, long samples, DatasetManifest? manifest, bool cancelled) =>
        (Store, Request, RequestSha256, Samples, Manifest, IsCancelled) = (store, request, requestSha256, samples, manifest, cancelled);

    public IBlobStore Store { get; }

    public DatasetRequest Request { get; }

    public string RequestSha256 { get; }

    /// <summary>The count asked for.</summary>
    public long Samples { get; }

    /// <summary>The manifest, when one was written; a dataset being extended has its smaller one.</summary>
    public DatasetManifest? Manifest { get; }

    public bool IsCancelled { get; }

    /// <summary>Every sample asked for is there and listed.</summary>
    public bool IsFinished => Manifest?.Samples == Samples;

    public ShardPlan Plan => new(Samples, Request.ShardSize);

    /// <summary>Looks at a dataset; null when there is none.</summary>
    public static async Task<DatasetState?> FindAsync(IBlobStore store, CancellationToken cancellationToken)
    {
        var stored = await store.ReadAsync(DatasetBlobs.Request, cancellationToken).ConfigureAwait(false);
        if (stored is null) return null;
        string Place(string name) => $"{store.Description}/{name}";
        var request = DatasetRequest.FromJson(stored.Bytes, Place(DatasetBlobs.Request));
        string digest = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(stored.Bytes));
        if (digest != request.Sha256()) throw new HandsOffException($"{Place(DatasetBlobs.Request)}: was changed: it is not in its canonical form");
        var target = await store.ReadAsync(DatasetBlobs.Target, cancellationToken).ConfigureAwait(false);
        var manifest = await store.ReadAsync(DatasetBlobs.Manifest, cancellationToken).ConfigureAwait(false);
        var listed = manifest is null ? null : DatasetManifest.FromJson(manifest.Bytes, Place(DatasetBlobs.Manifest));
        if (listed is not null && listed.RequestSha256 != digest) throw new HandsOffException($"{Place(DatasetBlobs.Manifest)}: belongs to another request");
        // A writer killed between the two has left no count: 0 until somebody asks for one.
        long samples = target is null ? listed?.Samples ?? 0 : DatasetJson.Read<DatasetTarget>(target.Bytes, Place(DatasetBlobs.Target)).Samples;
        return new DatasetState(store, request, digest, samples, listed, await IsCancelledAsync(store, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Looks at a dataset that must be there.</summary>
    public static async Task<DatasetState> OpenAsync(IBlobStore store, CancellationToken cancellationToken) =>
        await FindAsync(store, cancellationToken).ConfigureAwait(false) is { Samples: > 0 } found
            ? found
            : throw new HandsOffException($"{store.Description}: holds no dataset (there is no {DatasetBlobs.Request})");

    /// <summary>
    /// Begins a dataset, or goes on with the one that is there when it is of the same request. One of another request is an error that
    /// names the differing fields, as is a smaller one without <paramref name="extend"/> and a larger one always.
    /// </summary>
    /// <param name="store">Where.</param>
    /// <param name="request">What; its shard size yields to an existing dataset's unless <paramref name="shardSizeGiven"/>.</param>
    /// <param name="samples">How many.</param>
    /// <param name="shardSizeGiven">The user asked for this very shard size.</param>
    /// <param name="extend">A smaller dataset may grow to <paramref name="samples"/>.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task<DatasetState> BeginAsync(
        IBlobStore store, DatasetRequest request, long samples, bool shardSizeGiven, bool extend, CancellationToken cancellationToken)
    {
        request.Validate();
        _ = new ShardPlan(samples, request.ShardSize);
        if (await store.StatAsync(DatasetBlobs.Request, cancellationToken).ConfigureAwait(false) is null)
        {
            await foreach (var other in store.ListAsync("", cancellationToken).ConfigureAwait(false))
                if (other.Name != DatasetBlobs.Request) throw new HandsOffException($"{store.Description}: holds other files ('{other.Name}') and no dataset; choose an empty or new place");
            await store.CreateAsync(DatasetBlobs.Request, request.ToJson(), cancellationToken).ConfigureAwait(false);
        }

        var found = await FindAsync(store, cancellationToken).ConfigureAwait(false)
            ?? throw new HandsOffException($"{store.Description}/{DatasetBlobs.Request}: was removed while the dataset was being made");
        var asked = shardSizeGiven ? request : request with { ShardSize = found.Request.ShardSize };
        if (asked.Sha256() != found.RequestSha256)
            throw new HandsOffException($"{store.Description}: holds a dataset of another request ({string.Join("; ", asked.Differences(found.Request))}); choose another place or ask for the same");
        if (found.IsCancelled) throw new HandsOffException($"{store.Description}: this dataset was cancelled; choose another place, or remove {DatasetBlobs.Cancelled} to go on with it");
        if (found.Samples == samples) return found;
        if (found.Samples == 0) await store.CreateAsync(DatasetBlobs.Target, DatasetJson.Readable(new DatasetTarget(samples)), cancellationToken).ConfigureAwait(false);
        else await GrowAsync(found, samples, extend, cancellationToken).ConfigureAwait(false);
        var begun = await OpenAsync(store, cancellationToken).ConfigureAwait(false);
        return begun.Samples == samples ? begun : throw new HandsOffException($"{store.Description}: another command is making {begun.Samples} samples here");
    }

    /// <summary>
    /// Receipts of the plan's shards that are there, by shard, and the shards whose receipt cannot be understood or is another one's. Those of a short shard
    /// that was succeeded are left out.
    /// </summary>
    public async Task<(IReadOnlyDictionary<int, ShardReceipt> Receipts, IReadOnlyList<ShardFault> Faults)> ReceiptsAsync(CancellationToken cancellationToken)
    {
        var plan = Plan;
        var there = new List<ShardRange>();
        await foreach (var entry in Store.ListAsync(DatasetBlobs.Receipts, cancellationToken).ConfigureAwait(false))
            if (RangeOf(entry.Name, plan.ShardSize) is { } range && range.Shard < plan.Count && plan[range.Shard] == range) there.Add(range);
        var receipts = new ShardReceipt?[there.Count];
        var faults = new ShardFault?[there.Count];
        await Parallel.ForAsync(0, there.Count, new ParallelOptions { MaxDegreeOfParallelism = ReadsAtOnce, CancellationToken = cancellationToken }, async (i, ct) =>
        {
            var range = there[i];
            if (await Store.ReadAsync(range.Receipt, ct).ConfigureAwait(false) is not { } content) return;
            try
            {
                var receipt = ShardReceipt.FromJson(content.Bytes, range.Receipt);
                if (receipt.Shard == range.Shard && receipt.First == range.First && receipt.Count == range.Count) receipts[i] = receipt;
                else faults[i] = new ShardFault(range.Shard, $"{range.Receipt} does not belong to this dataset's plan");
            }
            catch (HandsOffException e)
            {
                faults[i] = new ShardFault(range.Shard, e.Message);
            }
        }).ConfigureAwait(false);
        return (receipts.OfType<ShardReceipt>().ToDictionary(r => r.Shard), [.. faults.OfType<ShardFault>().OrderBy(f => f.Shard)]);
    }

    /// <summary>Marks the dataset as cancelled, for good; late shards then find the mark and are not committed.</summary>
    public static Task<bool> CancelAsync(IBlobStore store, CancellationToken cancellationToken) =>
        store.CreateAsync(DatasetBlobs.Cancelled, "{\n  \"cancelled\": true\n}\n"u8.ToArray(), cancellationToken);

    internal static async Task ThrowIfCancelledAsync(IBlobStore store, CancellationToken cancellationToken)
    {
        if (await IsCancelledAsync(store, cancellationToken).ConfigureAwait(false)) throw new HandsOffException($"{store.Description}: the dataset was cancelled");
    }

    /// <summary>The shard that a receipt's name means, or null when it is no receipt's.</summary>
    internal static ShardRange? RangeOf(string receiptName, int shardSize)
    {
        if (!receiptName.StartsWith(DatasetBlobs.Receipts, StringComparison.Ordinal) || !receiptName.EndsWith(".json", StringComparison.Ordinal)) return null;
        string[] parts = receiptName[DatasetBlobs.Receipts.Length..^".json".Length].Split("-n");
        int count = shardSize;
        bool understood = parts.Length <= 2 && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out _)
            && (parts.Length == 1 || int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out count));
        if (!understood || count < 1 || count > shardSize) return null;
        int shard = int.Parse(parts[0], CultureInfo.InvariantCulture);
        var range = new ShardRange(shard, (long)shard * shardSize, count, count < shardSize);
        return range.Receipt == receiptName ? range : null;
    }

    private static async Task<bool> IsCancelledAsync(IBlobStore store, CancellationToken cancellationToken) =>
        await store.StatAsync(DatasetBlobs.Cancelled, cancellationToken).ConfigureAwait(false) is not null;

    private static async Task GrowAsync(DatasetState found, long samples, bool extend, CancellationToken cancellationToken)
    {
        if (samples < found.Samples) throw new HandsOffException($"{found.Store.Description}: has {found.Samples} samples asked for; {samples} are fewer, and samples are never removed");
        if (!extend) throw new HandsOffException($"{found.Store.Description}: has {found.Samples} samples asked for; use extend to ask for {samples}");
        var target = await found.Store.ReadAsync(DatasetBlobs.Target, cancellationToken).ConfigureAwait(false);
        byte[] content = DatasetJson.Readable(new DatasetTarget(samples));
        // A lost race shows when the target is read again.
        if (target is null) await found.Store.CreateAsync(DatasetBlobs.Target, content, cancellationToken).ConfigureAwait(false);
        else await found.Store.ReplaceAsync(DatasetBlobs.Target, content, target.ETag, cancellationToken).ConfigureAwait(false);
    }
}
