using HandsOff.Core;
using HandsOff.Core.Datasets;
using HandsOff.Core.Datasets.Timing;
using HandsOff.Grains.Nodes;
using HandsOff.Grains.Tests.Fakes;

namespace HandsOff.Grains.Tests;

public sealed class LoadedPairsTests
{
    private readonly List<string> _loaded = [];
    private readonly List<string> _gone = [];

    private LoadedPairs Pairs(long budget, Func<string, Task>? before = null) => new(
        async pair =>
        {
            if (before is not null) await before(pair.Digest);
            lock (_loaded) _loaded.Add(pair.Digest);
            return await LoadedPair.StartAsync(() => new HeavyEngine(pair.Digest, bytes: 10, _gone), "null:0", new StageClock(TimeProvider.System), TimeProvider.System);
        },
        budget);

    private static PairReference Pair(string digest) => new(digest, digest, "MIT");

    private static async Task TouchAsync(LoadedPairs pairs, params string[] digests)
    {
        foreach (string digest in digests) await (await pairs.UseAsync(Pair(digest))).DisposeAsync();
    }

    [Fact]
    public async Task Pairs_within_the_budget_are_loaded_once_and_stay()
    {
        await using var pairs = Pairs(budget: 20);
        await TouchAsync(pairs, "a", "b", "a", "b", "a");
        Assert.Equal(["a", "b"], _loaded);
        Assert.Equal(["a", "b"], pairs.Digests);
        Assert.Empty(_gone);
    }

    [Fact]
    public async Task The_one_used_least_recently_goes_first()
    {
        await using var pairs = Pairs(budget: 20);
        await TouchAsync(pairs, "a", "b", "a", "c");
        Assert.Equal(["b"], _gone);
        Assert.Equal(["a", "c"], pairs.Digests);
        await TouchAsync(pairs, "b");
        Assert.Equal(["a", "b", "c", "b"], _loaded);
        Assert.Equal(["b", "a"], _gone);
    }

    [Fact]
    public async Task None_goes_while_it_is_in_use()
    {
        await using var pairs = Pairs(budget: 10);
        var a = await pairs.UseAsync(Pair("a"));
        var again = await pairs.UseAsync(Pair("a"));
        await TouchAsync(pairs, "b");
        await a.DisposeAsync();
        Assert.Empty(_gone.Except(["b"]));
        Assert.Equal(64, await again.Pair.Device.RunAsync(e => e.MicroBatch, TestContext.Current.CancellationToken));
        await again.DisposeAsync();
        await TouchAsync(pairs, "c");
        Assert.Contains("a", _gone);
        Assert.Equal(["c"], pairs.Digests);
    }

    [Fact]
    public async Task A_pair_larger_than_the_budget_is_used_all_the_same_and_stays_till_the_next()
    {
        await using var pairs = Pairs(budget: 1);
        await TouchAsync(pairs, "a", "a");
        Assert.Equal(["a"], _loaded);
        await TouchAsync(pairs, "b");
        Assert.Equal(["a"], _gone);
    }

    [Fact]
    public async Task Many_asking_at_once_load_it_once()
    {
        await using var pairs = Pairs(budget: 100);
        await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => Task.Run(() => TouchAsync(pairs, "a"))));
        Assert.Equal(["a"], _loaded);
    }

    [Fact]
    public async Task What_failed_to_load_is_tried_again()
    {
        int tries = 0;
        await using var pairs = Pairs(budget: 100, _ => ++tries == 1 ? throw new HandsOffException("the store has no such pair") : Task.CompletedTask);
        await Assert.ThrowsAsync<HandsOffException>(async () => await pairs.UseAsync(Pair("a")));
        await TouchAsync(pairs, "a");
        Assert.Equal(["a"], _loaded);
    }

    [Fact]
    public async Task The_end_unloads_all_also_what_is_being_loaded()
    {
        var go = new TaskCompletionSource();
        var pairs = Pairs(budget: 100, digest => digest == "slow" ? go.Task : Task.CompletedTask);
        await TouchAsync(pairs, "a");
        var slow = pairs.UseAsync(Pair("slow"));
        await pairs.DisposeAsync();
        Assert.Equal(["a"], _gone);
        go.SetResult();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => slow);
        Assert.Equal(["a", "slow"], _gone);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => pairs.UseAsync(Pair("a")));
    }
}
