using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using HandsOff.Core.Datasets;
using HandsOff.Core.Datasets.Timing;
using HandsOff.Core.Storage;
using HandsOff.Grains.Coordination;
using HandsOff.Grains.Diagnostics;

namespace HandsOff.Grains.Nodes;

/// <summary>
/// Makes shards on a device: each pair is loaded once, on a thread of its own that alone touches the device, and feeds one
/// pipeline that all its shards go through.
/// </summary>
public sealed class DeviceShardRunner(string device, IEngineFactory engines, TimeProvider time, StoreMeter? meter = null) : IShardRunner, ISampleRunner
{
    private readonly ConcurrentDictionary<string, Lazy<Task<LoadedPair>>> _pairs = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Task<IBlobStore>> _stores = new(StringComparer.Ordinal);

    public StageClock Clock { get; } = new(time);

    public IReadOnlyList<string> Pairs => [.. _pairs.Where(p => p.Value is { IsValueCreated: true, Value.IsCompletedSuccessfully: true }).Select(p => p.Key).Order(StringComparer.Ordinal)];

    public async Task<ShardDone> RunAsync(string dataset, string requestJson, ShardGrant grant, string node, Action<int> progress, CancellationToken cancellationToken)
    {
        var request = DatasetRequest.FromJson(Encoding.UTF8.GetBytes(requestJson), $"{dataset}/{DatasetBlobs.Request}");
        var pair = await LoadAsync(request.Pair);
        var store = grant.Probe ? new DiscardStore() : await OpenAsync(dataset);
        var range = new ShardRange(grant.Shard, grant.First, grant.Count, IsShort: grant.Count < request.ShardSize);
        var span = Activity.Current;
        var timeline = new ShardTimeline(time);
        ShardResult? result = null;
        try
        {
            result = await pair.Pipeline.RunAsync(new ShardJob(store, request, range, node) { Timeline = timeline }, progress, cancellationToken);
        }
        finally
        {
            ShardTrace.Stages(span, timeline, result?.Receipt);
        }

        if (result.Outcome == ShardOutcome.Violation) throw new DeterminismViolationException(result.Violation);
        var kernel = pair.Device.Engine.KernelClass;
        return new ShardDone
        {
            LeaseId = grant.LeaseId,
            Shard = grant.Shard,
            Count = grant.Count,
            Probe = grant.Probe,
            Duplicate = result.Outcome == ShardOutcome.AlreadyCommitted,
            Rejected = result.Rejected,
            Flagged = result.Flagged,
            Bytes = result.Outcome == ShardOutcome.Committed ? result.Receipt!.Bytes : 0,
            Seconds = result.Seconds,
            Stages = result.Stages,
            KernelClass = $"torch {kernel.Torch}, {kernel.Device}, {kernel.Dtype}, micro-batch {kernel.MicroBatch}",
        };
    }

    public async Task<StoredSample> MakeAsync(DatasetRequest request, long index, CancellationToken cancellationToken)
    {
        var pair = await LoadAsync(request.Pair);
        var (sample, flagged) = await pair.Samples.MakeAsync(request, index).WaitAsync(cancellationToken);
        return await Task.Run(() => SampleMaker.Encode(sample, flagged, request), cancellationToken);
    }

    public async Task<SampleTrial> TryAsync(DatasetRequest request, CancellationToken cancellationToken)
    {
        var pair = await LoadAsync(request.Pair);
        return await pair.Device.RunAsync(engine => SampleTrial.Run(engine, request, time), cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var pair in _pairs.Values)
        {
            if (pair is { IsValueCreated: true, Value.IsCompletedSuccessfully: true }) await (await pair.Value).DisposeAsync();
        }

        _pairs.Clear();
    }

    private async Task<LoadedPair> LoadAsync(PairReference pair)
    {
        var loading = _pairs.GetOrAdd(pair.Digest, _ => new Lazy<Task<LoadedPair>>(() => LoadedPair.StartAsync(() => engines.Load(pair.Name, pair.Digest, device), device, Clock, time)));
        try
        {
            return await loading.Value;
        }
        catch
        {
            _pairs.TryRemove(new(pair.Digest, loading)); // the user may mend it and start again
            throw;
        }
    }

    private async Task<IBlobStore> OpenAsync(string dataset)
    {
        var opening = _stores.GetOrAdd(dataset, OpenStoreAsync);
        try
        {
            return await opening;
        }
        catch
        {
            _stores.TryRemove(new(dataset, opening));
            throw;
        }
    }

    private async Task<IBlobStore> OpenStoreAsync(string dataset)
    {
        var store = await BlobStores.OpenAsync(dataset, create: false, CancellationToken.None);
        return meter?.Measure(store) ?? store;
    }
}
