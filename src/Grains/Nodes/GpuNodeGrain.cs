using HandsOff.Grains.Placement;
using Orleans.Concurrency;
using Orleans.Placement;

namespace HandsOff.Grains.Nodes;

/// <inheritdoc cref="IGpuNodeGrain"/>
[OnNamedSilo, KeepAlive, Immovable, Reentrant]
internal sealed class GpuNodeGrain(LocalNodes nodes) : Grain, IGpuNodeGrain
{
    private NodeWorker Worker => nodes.Find(this.GetPrimaryKeyString())
        ?? throw new OrleansException($"silo of node '{this.GetPrimaryKeyString()}' has no such device");

    public Task<NodeStatus> Status() => Task.FromResult(Worker.Status);

    public Task Wake()
    {
        Worker.Wake();
        return Task.CompletedTask;
    }

    public Task Drain()
    {
        Worker.Drain();
        return Task.CompletedTask;
    }

    public Task Resume()
    {
        Worker.Resume();
        return Task.CompletedTask;
    }
}
