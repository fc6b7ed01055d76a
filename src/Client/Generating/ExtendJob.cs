using System.Text;
using HandsOff.Core;
using HandsOff.Core.Datasets;
using HandsOff.Core.Pairs;
using HandsOff.Core.Storage;
using HandsOff.Grains.Coordination;
using HandsOff.Silo.Devices;

namespace HandsOff.Client.Generating;

/// <summary>Makes an existing dataset larger. The request, the seed and so all samples that are there stay as they are.</summary>
internal sealed class ExtendJob(string dataset, long samples, string? pairName, RunOptions options, TimeProvider time)
{
    /// <summary>Exit code.</summary>
    /// <exception cref="HandsOffException">No dataset, no such pair, fewer samples than there are, or the work failed.</exception>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        _ = DeviceList.Parse(options.Devices, options.Threads);
        var store = await BlobStores.OpenAsync(dataset, create: false, cancellationToken);
        var found = await DatasetState.OpenAsync(store, cancellationToken);
        var pair = Pair.Load(pairName ?? found.Request.Pair.Name);
        if (pair.Digest != found.Request.Pair.Digest)
            throw new HandsOffException($"pair {pair.Folder} (digest {pair.Digest[..12]}) is not the one {dataset} was made with ({found.Request.Pair.Name}, digest {found.Request.Pair.Digest[..12]}); give that one with --pair");
        // The precision that its shards were made with: extending is to give what a larger request would have given.
        var run = options;
        if (await PairRequests.KernelClassAsync(found, cancellationToken) is { } kernel)
        {
            run = options with { Maps = PairEngine.MapsOf(kernel) };
            if (KernelCheck.Complaint(kernel, run) is { } complaint) throw new HandsOffException($"{dataset}: {complaint}");
        }

        var state = await DatasetState.BeginAsync(store, found.Request, samples, shardSizeGiven: true, extend: true, cancellationToken);
        var order = new DatasetOrder(Encoding.UTF8.GetString(state.Request.ToJson()), samples, Extend: true);
        string resume = $"handsoff extend {dataset} --samples {samples}{(pairName is null ? "" : $" --pair {pairName}")}";
        return await new LocalRun(run, time).RunAsync(state, pair, order, resume, cancellationToken);
    }
}
