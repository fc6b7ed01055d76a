namespace HandsOff.Core.Datasets.Checking;

/// <summary>An engine used where one stands, without a thread of its own. For one caller at a time.</summary>
internal sealed class InlineDevice(ISampleEngine engine) : IDeviceWorker
{
    public EngineInfo Engine { get; } = EngineInfo.Of(engine);

    public Task<T> RunAsync<T>(Func<ISampleEngine, T> work, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(work(engine));
    }
}
