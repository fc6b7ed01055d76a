using System.Reflection;
using HandsOff.Grains.Scheduling;
using Orleans.Runtime;

namespace HandsOff.Grains.Tests.Fakes;

/// <summary>A cluster that takes a node's calls and dies before it answers them.</summary>
public class LostCluster : DispatchProxy
{
    private readonly TaskCompletionSource _called = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>A call is on its way.</summary>
    public Task Called => _called.Task;

    public static (IGrainFactory Grains, LostCluster Cluster) Create()
    {
        var scheduler = Create<IClusterSchedulerGrain, LostCluster>();
        var grains = Create<IGrainFactory, Factory>();
        ((Factory)grains).Scheduler = scheduler;
        return (grains, (LostCluster)(object)scheduler);
    }

    public void Die() => _lost.SetResult();

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var answer = targetMethod!.ReturnType == typeof(Task) ? typeof(object) : targetMethod.ReturnType.GetGenericArguments()[0];
        return typeof(LostCluster).GetMethod(nameof(FailAsync), BindingFlags.NonPublic | BindingFlags.Instance)!.MakeGenericMethod(answer).Invoke(this, null);
    }

    private async Task<T> FailAsync<T>()
    {
        _called.TrySetResult();
        await _lost.Task;
        throw new SiloUnavailableException("the silo became unavailable");
    }

    /// <summary>Hands out the scheduler, the only grain an idle node calls.</summary>
    public class Factory : DispatchProxy
    {
        public IClusterSchedulerGrain? Scheduler { get; set; }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => Scheduler;
    }
}
