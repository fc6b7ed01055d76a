using HandsOff.Client.Cluster;
using HandsOff.Core;

namespace HandsOff.Client.Tests.Cluster;

public sealed class ClusterCallsTests
{
    [Fact]
    public async Task A_call_that_died_with_its_silo_is_asked_again()
    {
        int asked = 0;
        var calls = new ClusterCalls("cluster 'x'", TimeSpan.FromMinutes(1), TimeProvider.System);
        Assert.Equal(7, await calls.AskAsync(() => ++asked < 3 ? throw Trouble(asked) : Task.FromResult(7), default));
        Assert.Equal(3, asked);

        static Exception Trouble(int n) => n == 1 ? new TimeoutException("late") : new OrleansException("the silo is gone");
    }

    [Fact]
    public async Task A_call_that_the_cluster_cancelled_on_its_way_is_asked_again()
    {
        // As Orleans does with an activation whose place in the directory a frozen silo keeps.
        int asked = 0;
        using var own = new CancellationTokenSource();
        var calls = new ClusterCalls("cluster 'x'", TimeSpan.FromMinutes(1), TimeProvider.System);
        Assert.Equal(7, await calls.AskAsync(() => ++asked < 2 ? Task.FromException<int>(new TaskCanceledException("A task was canceled.")) : Task.FromResult(7), own.Token));
        Assert.Equal(2, asked);
    }

    [Fact]
    public async Task A_cluster_that_stays_silent_is_told_in_one_line()
    {
        var calls = new ClusterCalls("cluster 'x'", TimeSpan.FromTicks(1), TimeProvider.System);
        var silent = await Assert.ThrowsAsync<HandsOffException>(() => calls.AskAsync<int>(() => throw new OrleansException("gone\nat ..."), default));
        Assert.StartsWith("cluster 'x': no answer", silent.Message);
        Assert.DoesNotContain('\n', silent.Message);
        Assert.Equal(HandsOffException.Failed, silent.ExitCode);
    }

    [Fact]
    public async Task What_is_no_trouble_of_the_cluster_is_not_asked_twice()
    {
        int asked = 0;
        var calls = new ClusterCalls("cluster 'x'", TimeSpan.FromMinutes(1), TimeProvider.System);
        await Assert.ThrowsAsync<InvalidOperationException>(() => calls.AskAsync<int>(() => throw new InvalidOperationException($"{++asked}"), default));
        Assert.Equal(1, asked);
    }

    [Fact]
    public async Task Whoever_waits_can_stop_waiting()
    {
        using var stop = new CancellationTokenSource();
        var calls = new ClusterCalls("cluster 'x'", TimeSpan.FromMinutes(1), TimeProvider.System);
        var waiting = calls.AskAsync(() => new TaskCompletionSource<int>().Task, stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }
}
