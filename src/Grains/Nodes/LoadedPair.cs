using HandsOff.Core.Datasets;
using HandsOff.Core.Datasets.Timing;

namespace HandsOff.Grains.Nodes;

/// <summary>A pair on a device: the device's thread and the pipeline it feeds.</summary>
internal sealed class LoadedPair : IAsyncDisposable
{
    private LoadedPair(DeviceThread device, ShardPipeline pipeline) =>
        (Device, Pipeline, Samples) = (device, pipeline, new SampleQueue(device));

    public DeviceThread Device { get; }

    public ShardPipeline Pipeline { get; }

    /// <summary>Samples wanted alone, between the pipeline's micro-batches.</summary>
    public SampleQueue Samples { get; }

    /// <summary>What its weights take on the device.</summary>
    public long Bytes => Device.Engine.Bytes;

    public static async Task<LoadedPair> StartAsync(Func<ISampleEngine> load, string device, StageClock clock, TimeProvider time)
    {
        var thread = await DeviceThread.StartAsync(load, device);

        // A CPU node generates many times slower than one thread encodes, and its siblings want the cores.
        bool cpu = device.StartsWith("cpu", StringComparison.Ordinal);
        var options = cpu ? new ShardPipelineOptions { EncodeThreads = 1, Clock = clock } : new ShardPipelineOptions { Clock = clock };
        return new LoadedPair(thread, new ShardPipeline(thread, options, time));
    }

    public async ValueTask DisposeAsync()
    {
        await Pipeline.DisposeAsync();
        await Device.DisposeAsync();
    }
}
