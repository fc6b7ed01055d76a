using HandsOff.Core.Tests.Datasets;

namespace HandsOff.Grains.Tests.Protocol;

public sealed class FaultPlanTests
{
    [Fact]
    public void Events_at_one_moment_are_counted_one_by_one_and_the_crash_comes_at_its_number()
    {
        const int count = 20_000;
        var store = new MemoryStore();
        var plan = new FaultPlan(store, crashes: [count]);
        Parallel.For(0, count - 1, _ => Assert.Null(store.Fault("read x", false)));
        Assert.Equal(count - 1, plan.Events);
        Assert.IsType<ProcessDied>(store.Fault("read x", false));
    }
}
