using HandsOff.Core.Datasets;
using TorchSharp;

namespace HandsOff.Core.Pairs;

/// <summary>Pairs and the requests made with them.</summary>
public static class PairRequests
{
    /// <summary>Resolves a user's options with a pair: size, labels, licence, truncation where none is given, and the uncertainty cut of the share to keep.</summary>
    public static DatasetRequest Create(Pair pair, DatasetOptions options, long samples) => Create(pair.Manifest, options, samples);

    /// <inheritdoc cref="Create(Pair, DatasetOptions, long)"/>
    public static DatasetRequest Create(PairManifest pair, DatasetOptions options, long samples) => DatasetRequest.Create(
        options with { Truncation = options.Truncation ?? pair.Calibration.Truncation }, samples, new PairReference(pair.Name, pair.Digest, pair.License), pair.Schema, pair.Generator.Width, pair.Generator.Height,
        keep => (float)pair.Calibration.ThresholdFor(keep));

    /// <summary>
    /// Opens the engine that can make a dataset's samples again: its pair (found by name unless <paramref name="pair"/> says where), with
    /// the micro-batch and precision that its shards were made with, so that bits are equal on an equal machine.
    /// </summary>
    /// <exception cref="HandsOffException">No such pair, or another digest than the dataset's.</exception>
    public static async Task<PairEngine> OpenForAsync(DatasetState dataset, string? pair, torch.Device device, CancellationToken cancellationToken)
    {
        Pair loaded;
        try
        {
            loaded = Pair.Load(pair ?? dataset.Request.Pair.Name);
        }
        catch (HandsOffException e) when (pair is null)
        {
            throw new HandsOffException($"{e.Message}; --pair says where the dataset's pair is", e.ExitCode, e);
        }

        if (loaded.Digest != dataset.Request.Pair.Digest)
            throw new HandsOffException($"{loaded.Folder}: its digest is {loaded.Digest[..12]}, the dataset was made with {dataset.Request.Pair.Digest[..12]}; give that pair's folder with --pair");
        return await KernelClassAsync(dataset, cancellationToken) is { } kernel
            ? PairEngine.Open(loaded, device, kernel.MicroBatch, KernelClasses.MapsOf(kernel))
            : PairEngine.Open(loaded, device);
    }

    /// <summary>The kernel class of a shard that is there, the first one found; null when there is none yet.</summary>
    public static async Task<KernelClass?> KernelClassAsync(DatasetState dataset, CancellationToken cancellationToken)
    {
        if (dataset.Manifest is { Shards: [var first, ..] }) return first.KernelClass;
        await foreach (var entry in dataset.Store.ListAsync(DatasetBlobs.Receipts, cancellationToken))
            if (await dataset.Store.ReadAsync(entry.Name, cancellationToken) is { } receipt) return ShardReceipt.FromJson(receipt.Bytes, entry.Name).KernelClass;
        return null;
    }
}
