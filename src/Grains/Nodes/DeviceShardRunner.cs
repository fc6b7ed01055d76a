using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using HandsOff.Core.Datasets;
using HandsOff.Core.Datasets.Timing;
using HandsOff.Core.Storage;
using HandsOff.Grains.Coordination;
using HandsOff.Grains.Diagnostics;
using HandsOff.Grains.Errands;

namespace HandsOff.Grains.Nodes;

/// <summary>
/// Makes shards on a device: each pair is loaded once, on a thread of its own that alone touches the device, and feeds one
/// pipeline that all its shards go through. Pairs that no shard needs go when the device's memory for them is used up.
/// </summary>
public sealed class DeviceShardRunner : IShardRunner, ISampleRunner, IErrandRunner
{
    private readonly LoadedPairs _pairs;
    private readonly ShardErrands _errands;
    private readonly TimeProvider _time;
    private readonly StoreMeter? _meter;
    private readonly ConcurrentDictionary<string, Task<IBlobStore>> _stores = new(StringComparer.Ordinal);

    /// <param name="device">Its name.</param>
    /// <param name="engines">Loads pairs.</param>
    /// <param name="time">The clock.</param>
    /// <param name="meter">Measures the datasets' stores.</param>
    /// <param name="options">How much memory pairs may take; null: the default.</param>
    public DeviceShardRunner(string device, IEngineFactory engines, TimeProvider time, StoreMeter? meter = null, NodeOptions? options = null)
    {
        (_time, _meter) = (time, meter);
        Clock = new StageClock(time);
        long budget = (options ?? new NodeOptions()).PairMemoryMiB << 20;
        _pairs = new LoadedPairs(pair => LoadedPair.StartAsync(() => engines.Load(pair.Name, pair.Digest, device), device, Clock, time), budget);
        _errands = new ShardErrands(_pairs, OpenAsync);
    }

    public StageClock Clock { get; }

    public IReadOnlyList<string> Pairs => _pairs.Digests;

    public async Task<ShardDone> RunAsync(string dataset, string requestJson, ShardGrant grant, string node, Action<int> progress, CancellationToken cancellationToken)
    {
        var request = DatasetRequest.FromJson(Encoding.UTF8.GetBytes(requestJson), $"{dataset}/{DatasetBlobs.Request}");
        await using var use = await _pairs.UseAsync(request.Pair);
        var pair = use.Pair;
        var store = grant.Probe ? new DiscardStore() : await OpenAsync(dataset);
        var range = new ShardRange(grant.Shard, grant.First, grant.Count, IsShort: grant.Count < request.ShardSize);
        var span = Activity.Current;
        var timeline = new ShardTimeline(_time);
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
        await using var use = await _pairs.UseAsync(request.Pair);
        var (sample, flagged) = await use.Pair.Samples.MakeAsync(request, index).WaitAsync(cancellationToken);
        return await Task.Run(() => SampleMaker.Encode(sample, flagged, request), cancellationToken);
    }

    public async Task<SampleTrial> TryAsync(DatasetRequest request, CancellationToken cancellationToken)
    {
        await using var use = await _pairs.UseAsync(request.Pair);
        var pair = use.Pair;
        return await pair.Device.RunAsync(engine => SampleTrial.Run(engine, request, _time), cancellationToken);
    }

    public Task<ErrandReport> DoAsync(NodeErrand errand, string node, CancellationToken cancellationToken) => _errands.DoAsync(errand, node, cancellationToken);

    public ValueTask DisposeAsync() => _pairs.DisposeAsync();

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
        return _meter?.Measure(store) ?? store;
    }
}
