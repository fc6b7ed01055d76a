using HandsOff.Core;
using HandsOff.Silo.Clustering;
using Microsoft.Extensions.Time.Testing;

namespace HandsOff.Silo.Tests.Clustering;

public sealed class PatienceTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _said = [];

    private Patience Patience => new(TimeSpan.FromSeconds(60), _time, _said.Add);

    /// <summary>Lets the clock run until the work is over.</summary>
    private async Task<T> RunAsync<T>(Task<T> work)
    {
        for (int i = 0; i < 2000 && !work.IsCompleted; i++)
        {
            await Task.Delay(1, TestContext.Current.CancellationToken);
            _time.Advance(TimeSpan.FromMilliseconds(200));
        }

        return await work;
    }

    [Fact]
    public async Task What_is_there_is_had_without_a_word()
    {
        Assert.Equal(7, await Patience.WaitAsync("it", _ => Task.FromResult(7), default));
        Assert.Empty(_said);
    }

    [Fact]
    public async Task What_comes_late_is_waited_for_and_told_once()
    {
        int tries = 0;
        int got = await RunAsync(Patience.WaitAsync("it", _ => ++tries < 4 ? throw new HandsOffException("it is away") { IsTransient = true } : Task.FromResult(tries), default));
        Assert.Equal(4, got);
        Assert.Equal(["it is away; waiting up to 60 s"], _said);
    }

    [Fact]
    public async Task What_does_not_answer_is_told_while_it_is_waited_for_and_given_up_in_the_end()
    {
        var error = await Assert.ThrowsAsync<HandsOffException>(() => RunAsync(Patience.WaitAsync("it", async c =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, _time, c);
            return 0;
        }, default)));
        Assert.Equal("it does not answer (waited 60 s)", error.Message);
        Assert.Equal(["it does not answer yet; waiting up to 60 s"], _said);
    }

    [Fact]
    public async Task What_stays_away_is_given_up_with_its_reason()
    {
        var error = await Assert.ThrowsAsync<HandsOffException>(() =>
            RunAsync(Patience.WaitAsync<int>("it", _ => throw new HandsOffException("it is away") { IsTransient = true }, default)));
        Assert.Equal("it is away (waited 60 s)", error.Message);
    }

    [Fact]
    public async Task What_is_given_up_in_the_middle_of_a_try_is_given_up_with_the_reason_of_the_last()
    {
        int tries = 0;
        var error = await Assert.ThrowsAsync<HandsOffException>(() => RunAsync(Patience.WaitAsync("it", async c =>
        {
            if (++tries == 1) throw new HandsOffException("it refuses") { IsTransient = true };
            await Task.Delay(Timeout.InfiniteTimeSpan, _time, c);
            return 0;
        }, default)));
        Assert.Equal("it refuses (waited 60 s)", error.Message);
    }

    [Fact]
    public async Task What_only_the_user_can_mend_is_not_waited_for()
    {
        await Assert.ThrowsAsync<HandsOffException>(() => Patience.WaitAsync<int>("it", _ => throw new HandsOffException("wrong password"), default));
        Assert.Empty(_said);
    }
}
