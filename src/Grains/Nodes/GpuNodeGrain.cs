using System.Text;
using HandsOff.Core.Datasets;
using HandsOff.Grains.Errands;
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

    private ISampleRunner Samples => Worker.Samples ?? throw new OrleansException($"node '{Worker.Node}' makes no samples");

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

    public async Task<SampleFiles> Sample(string requestJson, long index) =>
        SampleFiles.Of(await Samples.MakeAsync(DatasetRequest.FromJson(Encoding.UTF8.GetBytes(requestJson), "request"), index, CancellationToken.None));

    public Task<SampleTrial> Try(string requestJson) =>
        Samples.TryAsync(DatasetRequest.FromJson(Encoding.UTF8.GetBytes(requestJson), "request"), CancellationToken.None);

    public Task<ErrandReport?> Errand(NodeErrand errand) =>
        (Worker.Errands ?? throw new OrleansException($"node '{Worker.Node}' does no errands")).AskAsync(errand);
}
