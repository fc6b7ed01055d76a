namespace HandsOff.Core.Datasets;

/// <summary>A device and the engine loaded on it: runs work one piece at a time, in the order given, on its own thread.</summary>
public interface IDeviceWorker
{
    /// <summary>The engine's fixed properties.</summary>
    EngineInfo Engine { get; }

    /// <summary>Runs the work on the device's thread. Work that has not begun when the token is cancelled never does.</summary>
    Task<T> RunAsync<T>(Func<ISampleEngine, T> work, CancellationToken cancellationToken);
}
