namespace HandsOff.Core.Datasets.Checking;

/// <summary>This process: reads several shards at once, makes one at a time.</summary>
/// <param name="engine">Makes samples again; null when none are to be compared.</param>
/// <param name="pipeline">Opens a pipeline of the dataset's pair; called only when a shard must be made. Disposed here.</param>
/// <param name="node">Who makes shards, for the receipts.</param>
internal sealed class LocalShardCrew(
    ISampleEngine? engine = null, Func<DatasetRequest, CancellationToken, Task<ShardPipeline>>? pipeline = null, string node = "") : IShardCrew, IAsyncDisposable
{
    private readonly InlineDevice? _device = engine is null ? null : new InlineDevice(engine);
    private readonly SemaphoreSlim _turn = new(1);
    private ShardPipeline? _maker;

    public int AtOnce => 4;

    public async Task ReadyAsync(DatasetState dataset, CancellationToken cancellationToken)
    {
        _device?.Engine.Require(dataset.Request);
        if (pipeline is not null) _maker ??= await pipeline(dataset.Request, cancellationToken).ConfigureAwait(false);
    }

    public Task<ShardFault?> CheckAsync(DatasetState dataset, ManifestShard shard, CancellationToken cancellationToken) =>
        ShardExaminer.CheckAsync(dataset.Store, dataset.Request, shard, cancellationToken);

    public Task<RegenerationReport> RegenerateAsync(DatasetState dataset, ManifestShard shard, SampleChoice choice, CancellationToken cancellationToken) =>
        InTurnAsync(() => ShardExaminer.RegenerateAsync(dataset.Store, dataset.Request, _device ?? throw new InvalidOperationException("there is no engine"), shard, choice, cancellationToken), cancellationToken);

    public Task<ManifestShard> MakeAsync(DatasetState dataset, ShardRange range, CancellationToken cancellationToken) =>
        InTurnAsync(() => ShardExaminer.MakeAsync(dataset.Store, dataset.Request, _maker ?? throw new InvalidOperationException("nobody is ready"), range, node, cancellationToken), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_maker is not null) await _maker.DisposeAsync().ConfigureAwait(false);
        _turn.Dispose();
    }

    private async Task<T> InTurnAsync<T>(Func<Task<T>> work, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await work().ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }
}
