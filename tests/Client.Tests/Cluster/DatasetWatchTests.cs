using HandsOff.Client.Cluster;
using HandsOff.Core;
using HandsOff.Grains.Coordination;

namespace HandsOff.Client.Tests.Cluster;

/// <summary>A watch against a cluster and a store that answer from a script.</summary>
public sealed class DatasetWatchTests
{
    private static readonly HandsOffClientOptions s_options = new() { Redis = "none", PollInterval = TimeSpan.FromMilliseconds(1) };

    [Fact]
    public async Task It_goes_on_through_the_deaths_of_silos_to_the_end()
    {
        var seen = await WatchAsync(
            [() => Running(1), () => throw new TimeoutException(), () => throw new OrleansException("gone"), () => throw new TaskCanceledException(), () => Running(2), () => Of(DatasetPhase.Opening), () => Of(DatasetPhase.Complete)],
            () => Of(DatasetPhase.Unknown));
        Assert.Equal(
            [.. Enumerable.Repeat(DatasetPhase.Running, 5), DatasetPhase.Opening, DatasetPhase.Complete],
            seen.Select(s => s.Phase));
        Assert.Equal([1, 1, 1, 1, 2], seen.Take(5).Select(s => s.SamplesCommitted)); // nobody answers: the figures stay, a message says so
        Assert.Contains("does not answer", seen[1].Message);
        Assert.Equal("", seen[4].Message);
    }

    [Theory]
    [InlineData(DatasetPhase.Complete)]
    [InlineData(DatasetPhase.Cancelled)]
    public async Task An_end_that_no_silo_lives_to_tell_is_read_from_the_store(DatasetPhase end)
    {
        int looks = 0;
        var seen = await WatchAsync([() => Running(1), () => throw new OrleansException("all dead")], () => ++looks < 3 ? Of(DatasetPhase.Unknown) : Of(end), repeatLast: true);
        Assert.Equal(end, seen[^1].Phase);
        Assert.Equal(3, looks);
    }

    [Fact]
    public async Task A_store_that_is_silent_too_does_not_end_it()
    {
        int looks = 0;
        var seen = await WatchAsync(
            [() => Running(1), () => throw new TimeoutException(), () => throw new TimeoutException(), () => Of(DatasetPhase.Complete)],
            () => ++looks > 0 ? throw new HandsOffException("the store does not answer") : null);
        Assert.Equal(DatasetPhase.Complete, seen[^1].Phase);
    }

    [Fact]
    public async Task A_dataset_that_failed_or_is_paused_is_told_as_such()
    {
        var seen = await WatchAsync([() => Of(DatasetPhase.Paused), () => Of(DatasetPhase.Paused), () => Of(DatasetPhase.Failed)], () => null);
        Assert.Equal([DatasetPhase.Paused, DatasetPhase.Paused, DatasetPhase.Failed], seen.Select(s => s.Phase));
    }

    [Fact]
    public async Task Silence_has_an_end_and_so_has_a_dataset_that_is_not_there()
    {
        var silent = await Assert.ThrowsAsync<HandsOffException>(() =>
            WatchAsync([() => Running(1), () => throw new TimeoutException()], () => null, repeatLast: true, s_options with { WatchPatience = TimeSpan.FromMilliseconds(20) }));
        Assert.Contains("no answer for", silent.Message);
        var missing = await Assert.ThrowsAsync<HandsOffException>(() => WatchAsync([() => Of(DatasetPhase.Unknown)], () => null));
        Assert.Contains("no such dataset", missing.Message);
    }

    private static async Task<List<DatasetStatus>> WatchAsync(
        Func<DatasetStatus>[] cluster, Func<DatasetStatus?> store, bool repeatLast = false, HandsOffClientOptions? options = null)
    {
        int asked = 0;
        var watch = new DatasetWatch(
            "cluster 'x'",
            () =>
            {
                Assert.True(repeatLast || asked < cluster.Length, "it was asked after the end");
                return Task.FromResult(cluster[Math.Min(asked++, cluster.Length - 1)]());
            },
            _ => Task.FromResult(store()),
            options ?? s_options,
            TimeProvider.System);
        var seen = new List<DatasetStatus>();
        await foreach (var status in watch.RunAsync(default)) seen.Add(status);
        return seen;
    }

    private static DatasetStatus Running(long committed) => Of(DatasetPhase.Running) with { SamplesCommitted = committed };

    private static DatasetStatus Of(DatasetPhase phase) => new() { Dataset = "d", Phase = phase, Samples = 3 };
}
