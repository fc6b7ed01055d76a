using System.Collections.Concurrent;
using System.Text;
using HandsOff.Core.Datasets;
using HandsOff.Grains.Scheduling;
using Microsoft.Extensions.Options;

namespace HandsOff.Grains.Nodes;

/// <inheritdoc cref="ISampleService"/>
internal sealed class SampleService(LocalNodes local, IGrainFactory grains, IOptions<SampleOptions> options) : ISampleService, IDisposable
{
    private readonly SampleCache _cache = new((long)options.Value.CacheMiB << 20);
    private readonly SemaphoreSlim _turns = new(options.Value.Concurrency);
    private readonly ConcurrentDictionary<(string Request, long Index), Lazy<Task<StoredSample>>> _making = new();
    private int _waiting, _next;

    public async Task<StoredSample> MakeAsync(DatasetRequest request, long index, CancellationToken cancellationToken)
    {
        string digest = request.Sha256();
        if (_cache.Find(digest, index) is { } known) return known;
        var key = (digest, index);

        // The making outlives a caller that goes away: another may wait for the same sample, and it is soon done.
        var making = _making.GetOrAdd(key, _ => new Lazy<Task<StoredSample>>(async () =>
        {
            try
            {
                var sample = await InTurnAsync(r => r.MakeAsync(request, index, CancellationToken.None), node => Remote(node, request, index));
                _cache.Add(digest, index, sample);
                return sample;
            }
            finally
            {
                _making.TryRemove(key, out var _);
            }
        }));
        return await making.Value.WaitAsync(cancellationToken);
    }

    public Task<SampleTrial> TryAsync(DatasetRequest request, CancellationToken cancellationToken) =>
        InTurnAsync(r => r.TryAsync(request, cancellationToken), node => grains.GetGrain<IGpuNodeGrain>(node).Try(Json(request))).WaitAsync(cancellationToken);

    public void Dispose() => _turns.Dispose();

    private static string Json(DatasetRequest request) => Encoding.UTF8.GetString(request.ToJson());

    private async Task<StoredSample> Remote(string node, DatasetRequest request, long index) =>
        (await grains.GetGrain<IGpuNodeGrain>(node).Sample(Json(request), index)).ToSample(request, index);

    private async Task<T> InTurnAsync<T>(Func<ISampleRunner, Task<T>> here, Func<string, Task<T>> there)
    {
        if (Interlocked.Increment(ref _waiting) > options.Value.Queue + options.Value.Concurrency)
        {
            Interlocked.Decrement(ref _waiting);
            throw new NodesBusyException($"{options.Value.Queue} samples wait to be made already; ask again in a few seconds");
        }

        try
        {
            await _turns.WaitAsync();
            try
            {
                int turn = Interlocked.Increment(ref _next) & int.MaxValue;
                ISampleRunner[] runners = [.. local.All.Select(n => n.Samples).OfType<ISampleRunner>()];
                if (runners.Length > 0) return await here(runners[turn % runners.Length]);
                var nodes = (await grains.GetGrain<IClusterSchedulerGrain>(0).Nodes()).Where(n => n.MakesSamples).ToArray();
                if (nodes.Length > 0) return await there(nodes[turn % nodes.Length].Node);
                throw new NodesBusyException("the cluster has no node that could make a sample now");
            }
            finally
            {
                _turns.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }
}
