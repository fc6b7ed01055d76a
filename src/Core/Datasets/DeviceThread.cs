using System.Threading.Channels;

namespace HandsOff.Core.Datasets;

/// <summary>A dedicated thread that creates an engine, owns it, and runs work on it in order. Disposing waits for the work in hand.</summary>
public sealed class DeviceThread : IDeviceWorker, IAsyncDisposable
{
    private readonly Channel<Action<ISampleEngine>> _work = Channel.CreateUnbounded<Action<ISampleEngine>>(new UnboundedChannelOptions { SingleReader = true });
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private DeviceThread(EngineInfo engine) => Engine = engine;

    public EngineInfo Engine { get; private set; }

    /// <summary>Starts the thread and loads the engine on it; the factory's exception comes out here.</summary>
    public static async Task<DeviceThread> StartAsync(Func<ISampleEngine> create, string name = "device")
    {
        var worker = new DeviceThread(null!);
        var loaded = new TaskCompletionSource<EngineInfo>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() => worker.Run(create, loaded)) { IsBackground = true, Name = name };
        thread.Start();
        worker.Engine = await loaded.Task.ConfigureAwait(false);
        return worker;
    }

    public Task<T> RunAsync<T>(Func<ISampleEngine, T> work, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        bool queued = _work.Writer.TryWrite(engine =>
        {
            if (cancellationToken.IsCancellationRequested)
            {
                done.TrySetCanceled(cancellationToken);
                return;
            }

            try
            {
                done.TrySetResult(work(engine));
            }
            catch (Exception e)
            {
                done.TrySetException(e);
            }
        });
        if (!queued) done.TrySetException(new ObjectDisposedException(nameof(DeviceThread)));
        return done.Task;
    }

    public async ValueTask DisposeAsync()
    {
        _work.Writer.TryComplete();
        await _ended.Task.ConfigureAwait(false);
    }

    private void Run(Func<ISampleEngine> create, TaskCompletionSource<EngineInfo> loaded)
    {
        try
        {
            using var engine = create();
            loaded.SetResult(EngineInfo.Of(engine));
            while (_work.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
                while (_work.Reader.TryRead(out var work)) work(engine);
        }
        catch (Exception e) when (!loaded.Task.IsCompleted)
        {
            loaded.SetException(e);
        }
        finally
        {
            _ended.TrySetResult();
        }
    }
}
