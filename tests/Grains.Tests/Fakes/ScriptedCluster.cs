using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Reflection;
using HandsOff.Grains.Coordination;
using HandsOff.Grains.Nodes;
using HandsOff.Grains.Scheduling;

namespace HandsOff.Grains.Tests.Fakes;

/// <summary>The grains that a node calls, as a test says: each dataset's coordinator is a function of the report.</summary>
public class ScriptedCluster : DispatchProxy
{
    private readonly ConcurrentDictionary<string, Coordinator> _coordinators = new();
    private readonly SchedulerGrain _scheduler = new();

    /// <summary>Datasets that are open, by priority.</summary>
    public ImmutableArray<DatasetShare> Open
    {
        get => _scheduler.Open;
        set => _scheduler.Open = value;
    }

    public static (IGrainFactory Grains, ScriptedCluster Cluster) Create()
    {
        var grains = Create<IGrainFactory, ScriptedCluster>();
        return (grains, (ScriptedCluster)(object)grains);
    }

    public void Answer(string dataset, Func<NodeReport, Task<NodeOrders>> answer) => _coordinators[dataset] = new Coordinator(answer);

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        targetMethod!.GetGenericArguments()[0] == typeof(IClusterSchedulerGrain) ? _scheduler : _coordinators[(string)args![0]!];

    private sealed class SchedulerGrain : IClusterSchedulerGrain
    {
        public ImmutableArray<DatasetShare> Open { get; set; } = [];

        public Task<ImmutableArray<DatasetShare>> Attach(NodeStatus node) => Task.FromResult(Open);

        public Task Detach(string node) => Task.CompletedTask;

        public Task NodeGone(string silo) => throw new NotSupportedException();

        public Task<ImmutableArray<NodeStatus>> Nodes() => throw new NotSupportedException();

        Task IClusterSchedulerGrain.Open(DatasetShare dataset) => throw new NotSupportedException();

        public Task Close(string dataset) => throw new NotSupportedException();
    }

    private sealed class Coordinator(Func<NodeReport, Task<NodeOrders>> answer) : IDatasetCoordinatorGrain
    {
        public Task<NodeOrders> Exchange(NodeReport report) => answer(report);

        public Task<DatasetStatus> Start(DatasetOrder order) => throw new NotSupportedException();

        public Task<DatasetStatus> Status() => throw new NotSupportedException();

        public Task<DatasetStatus> Stop() => throw new NotSupportedException();

        public Task<DatasetStatus> Pause() => throw new NotSupportedException();

        public Task<DatasetStatus> Resume() => throw new NotSupportedException();

        public Task<DatasetStatus> Cancel() => throw new NotSupportedException();

        public Task<DatasetStatus> Reprioritise(double weight, int priority) => throw new NotSupportedException();

        public Task Forget(string silo) => throw new NotSupportedException();
    }
}
