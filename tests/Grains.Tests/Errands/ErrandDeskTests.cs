using HandsOff.Core;
using HandsOff.Grains.Errands;
using Microsoft.Extensions.Time.Testing;

namespace HandsOff.Grains.Tests.Errands;

public sealed class ErrandDeskTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task An_errand_is_begun_once_however_often_it_is_asked_for()
    {
        var runner = new HeldRunner();
        await using var desk = new ErrandDesk(runner, "a/cpu:0", _time);
        Assert.Null(await AskAsync(desk, "1"));
        Assert.Null(await AskAsync(desk, "1"));
        runner.Done("1").SetResult(new ErrandReport { Compared = 7 });
        Assert.Equal(7, (await AskUntilDoneAsync(desk, "1")).Compared);

        // The answer may have been lost on its way.
        Assert.Equal(7, (await AskUntilDoneAsync(desk, "1")).Compared);
        Assert.Equal(["1"], runner.Begun);
    }

    [Fact]
    public async Task What_nobody_asks_for_any_more_is_dropped_and_what_is_asked_for_is_not()
    {
        var runner = new HeldRunner();
        await using var desk = new ErrandDesk(runner, "a/cpu:0", _time);
        Assert.Null(await AskAsync(desk, "wanted"));
        Assert.Null(await AskAsync(desk, "left"));
        for (int i = 0; i < 4; i++)
        {
            _time.Advance(ErrandDesk.Memory / 2);
            Assert.Null(await AskAsync(desk, "wanted"));
        }

        await runner.Stopped("left").WaitAsync(TimeSpan.FromSeconds(30));
        Assert.False(runner.Stopped("wanted").IsCompleted);
        Assert.Null(await AskAsync(desk, "left")); // as a new one
        Assert.Equal(["left", "left", "wanted"], runner.Begun.Order());
    }

    [Fact]
    public async Task A_failed_errand_tells_why_and_is_begun_again_when_asked_again()
    {
        var runner = new HeldRunner();
        await using var desk = new ErrandDesk(runner, "a/cpu:0", _time);
        runner.Done("1").SetException(new HandsOffException("no such pair"));
        Assert.Equal("no such pair", (await Assert.ThrowsAsync<HandsOffException>(() => AskUntilDoneAsync(desk, "1"))).Message);
        runner.Again("1").SetResult(new ErrandReport { Compared = 3 });
        Assert.Equal(3, (await AskUntilDoneAsync(desk, "1")).Compared);
    }

    [Fact]
    public async Task Only_a_few_are_at_work_at_once()
    {
        var runner = new HeldRunner();
        await using var desk = new ErrandDesk(runner, "a/cpu:0", _time);
        for (int i = 0; i < 9; i++) Assert.Null(await AskAsync(desk, $"{i}"));
        await runner.BegunAsync(4);
        Assert.Equal(4, runner.Begun.Count);
        runner.Done(runner.Begun[0]).SetResult(new ErrandReport());
        await runner.BegunAsync(5);
    }

    [Fact]
    public async Task A_node_that_leaves_stops_its_errands_and_takes_none()
    {
        var runner = new HeldRunner();
        var desk = new ErrandDesk(runner, "a/cpu:0", _time);
        Assert.Null(await AskAsync(desk, "1"));
        await desk.DisposeAsync();
        await runner.Stopped("1").WaitAsync(TimeSpan.FromSeconds(30));
        await Assert.ThrowsAsync<OrleansException>(() => desk.AskAsync(Errand("2")));
    }

    [Fact]
    public async Task A_draining_node_ends_what_it_has_and_takes_nothing_new()
    {
        var runner = new HeldRunner();
        await using var desk = new ErrandDesk(runner, "a/cpu:0", _time);
        Assert.Null(await AskAsync(desk, "1"));
        desk.Closed = true;
        await Assert.ThrowsAsync<OrleansException>(() => desk.AskAsync(Errand("2")));
        runner.Done("1").SetResult(new ErrandReport { Compared = 7 });
        Assert.Equal(7, (await AskUntilDoneAsync(desk, "1")).Compared);
        desk.Closed = false;
        runner.Done("2").SetResult(new ErrandReport { Compared = 8 });
        Assert.Equal(8, (await AskUntilDoneAsync(desk, "2")).Compared);
    }

    private static NodeErrand Errand(string ticket) => new() { Ticket = ticket, Kind = ErrandKind.Ready, Dataset = "d", RequestJson = "{}" };

    /// <summary>Asks, and lets the time of the asking pass when it is not answered.</summary>
    private async Task<ErrandReport?> AskAsync(ErrandDesk desk, string ticket)
    {
        var asking = desk.AskAsync(Errand(ticket));
        await Task.WhenAny(asking, Task.Delay(50));
        if (!asking.IsCompleted) _time.Advance(ErrandDesk.Wait);
        return await asking;
    }

    private async Task<ErrandReport> AskUntilDoneAsync(ErrandDesk desk, string ticket)
    {
        for (int i = 0; i < 100; i++)
        {
            if (await AskAsync(desk, ticket) is { } report) return report;
        }

        throw new TimeoutException();
    }
}
