using HandsOff.Core;
using HandsOff.Grains.Coordination;
using HandsOff.Grains.Nodes;
using HandsOff.Grains.Scheduling;
using HandsOff.Grains.Tests.Fakes;
using Orleans.Core.Internal;
using Orleans.Runtime;

namespace HandsOff.Grains.Tests;

/// <summary>Coordinator, scheduler and nodes together in an in-process cluster.</summary>
public sealed class CoordinatorTests
{
    [Fact]
    public async Task Every_shard_is_made_once_and_the_manifest_comes_last()
    {
        await using var grid = await TestGrid.StartAsync();
        await grid.Dataset("a").Start(new DatasetOrder("10", 95));
        var end = await grid.UntilAsync("a", s => s.IsOver);
        Assert.Equal(DatasetPhase.Complete, end.Phase);
        Assert.Equal((95, 10, 10), (end.SamplesCommitted, end.ShardsCommitted, grid.Store.Manifests["a"]));
        Assert.Equal("90+5", grid.Store.Receipts[("a", 9, 5)]);
        Assert.Equal(["cpu:0", "cpu:1"], grid.Work.Begun.Select(b => b.Node.Split('/')[1]).Distinct().Order());

        var again = await grid.Dataset("a").Start(new DatasetOrder("10", 95));
        Assert.Equal(DatasetPhase.Complete, (await grid.UntilAsync("a", s => s.IsOver)).Phase);
        Assert.Equal(again.Dataset, end.Dataset);
        Assert.Equal(10, grid.Work.Begun.Select(b => b.Shard).Distinct().Count());
    }

    [Fact]
    public async Task A_coordinator_that_is_deactivated_in_mid_run_goes_on_from_storage()
    {
        await using var grid = await TestGrid.StartAsync();
        grid.Work.PerSample = TimeSpan.FromMilliseconds(2);
        await grid.Dataset("a").Start(new DatasetOrder("10", 400));
        for (int committed = 5; committed <= 25; committed += 10)
        {
            await grid.UntilAsync("a", s => s.ShardsCommitted >= committed);
            await grid.Dataset("a").Cast<IGrainManagementExtension>().DeactivateOnIdle();
        }

        var end = await grid.UntilAsync("a", s => s.IsOver);
        Assert.Equal(DatasetPhase.Complete, end.Phase);
        Assert.InRange(end.ShardsFound, 5, 40);
        Assert.Equal(40, grid.Store.Manifests["a"]);
    }

    [Fact]
    public async Task Killing_silos_loses_no_shard()
    {
        await using var grid = await TestGrid.StartAsync(silos: 3);
        grid.Work.PerSample = TimeSpan.FromMilliseconds(2);
        await grid.Dataset("a").Start(new DatasetOrder("10", 600));
        await grid.UntilAsync("a", s => s.ShardsCommitted >= 5);
        await grid.Cluster.KillSiloAsync(grid.Cluster.Silos[2]);
        await grid.UntilAsync("a", s => s.ShardsCommitted >= 20);
        await grid.Cluster.KillSiloAsync(grid.Cluster.Silos[1]);
        Assert.Equal(DatasetPhase.Complete, (await grid.UntilAsync("a", s => s.IsOver)).Phase);
        Assert.Equal(60, grid.Store.Manifests["a"]);
    }

    [Fact]
    public async Task A_passing_failure_is_tried_again_and_a_sample_that_cannot_be_made_is_named_while_the_rest_completes()
    {
        await using var grid = await TestGrid.StartAsync();
        int first = 0;
        grid.Work.Fails = (_, grant) => grant.Shard switch
        {
            3 when Interlocked.Increment(ref first) < 3 => new TimeoutException("slow store"),
            5 when grant.First <= 57 && 57 < grant.First + grant.Count => new InvalidOperationException("cursed"),
            _ => null,
        };
        await grid.Dataset("a").Start(new DatasetOrder("10", 100));
        var end = await grid.UntilAsync("a", s => s.IsOver);
        Assert.Equal((DatasetPhase.Failed, 1, 9), (end.Phase, end.ExitCode, end.ShardsCommitted));
        Assert.Equal("sample 57 cannot be made (InvalidOperationException: cursed); shard 5 is missing, all 9 others are committed; start it again to try once more", end.Message);
        Assert.Equal([new PoisonSample(57, "InvalidOperationException: cursed")], Assert.Single(end.Poison).Samples);
        Assert.Empty(grid.Store.Manifests);

        grid.Work.Fails = null;
        await grid.Dataset("a").Start(new DatasetOrder("10", 100));
        Assert.Equal(DatasetPhase.Complete, (await grid.UntilAsync("a", s => s.IsOver)).Phase);
    }

    [Fact]
    public async Task An_error_that_concerns_every_shard_stops_the_dataset_with_its_message()
    {
        await using var grid = await TestGrid.StartAsync();
        grid.Work.Fails = (_, grant) => grant.Shard < 4 ? null : new HandsOffException("out: the disk is full");
        await grid.Dataset("a").Start(new DatasetOrder("10", 1000));
        var end = await grid.UntilAsync("a", s => s.IsOver);
        Assert.Equal((DatasetPhase.Failed, "out: the disk is full"), (end.Phase, end.Message));
        Assert.InRange(grid.Work.Begun.Count, 5, 12);
    }

    [Fact]
    public async Task A_pair_that_makes_no_sample_at_all_stops_the_dataset_instead_of_being_tried_to_its_end()
    {
        await using var grid = await TestGrid.StartAsync();
        grid.Work.Fails = (_, _) => new HandsOffException("sample 0: the pair gave NaN") { Sample = 0 };
        await grid.Dataset("a").Start(new DatasetOrder("10", 100_000));
        var end = await grid.UntilAsync("a", s => s.IsOver);
        Assert.Equal((DatasetPhase.Failed, "no shard can be made, 3 were tried to the end: sample 0: the pair gave NaN"), (end.Phase, end.Message));
    }

    [Fact]
    public async Task A_shard_that_does_not_stand_the_reading_back_is_made_again()
    {
        await using var grid = await TestGrid.StartAsync();
        grid.Store.Damaged.Enqueue(2);
        await grid.Dataset("a").Start(new DatasetOrder("10", 50));
        Assert.Equal(DatasetPhase.Complete, (await grid.UntilAsync("a", s => s.IsOver)).Phase);
        Assert.Equal(2, grid.Work.Begun.Count(b => b.Shard == 2));
    }

    [Fact]
    public async Task Stopping_drops_the_work_in_hand_and_starting_again_goes_on()
    {
        await using var grid = await TestGrid.StartAsync();
        grid.Work.PerSample = TimeSpan.FromMilliseconds(5);
        await grid.Dataset("a").Start(new DatasetOrder("10", 200));
        await grid.UntilAsync("a", s => s.ShardsCommitted >= 4);
        Assert.Equal(DatasetPhase.Stopped, (await grid.Dataset("a").Stop()).Phase);
        await grid.UntilAsync("a", s => s.ShardsLeased == 0);
        int made = grid.Store.Receipts.Count;
        Assert.InRange(made, 4, 19);
        await grid.Dataset("a").Start(new DatasetOrder("10", 200));
        var end = await grid.UntilAsync("a", s => s.IsOver);
        Assert.Equal(DatasetPhase.Complete, end.Phase);
        Assert.True(end.ShardsFound >= made);
    }

    [Fact]
    public async Task A_wrong_order_is_answered_with_its_message()
    {
        await using var grid = await TestGrid.StartAsync();
        await grid.Dataset("a").Start(new DatasetOrder("0", 200));
        var end = await grid.UntilAsync("a", s => s.IsOver);
        Assert.Equal((DatasetPhase.Failed, 2), (end.Phase, end.ExitCode));
        Assert.Equal(DatasetPhase.Unknown, (await grid.UntilAsync("nowhere", s => s.Message.Length > 0)).Phase);
    }

    [Fact]
    public async Task A_node_lives_on_its_silo_and_drains_when_told()
    {
        await using var grid = await TestGrid.StartAsync(silos: 2);
        grid.Work.PerSample = TimeSpan.FromMilliseconds(5);
        string drained = $"{grid.Cluster.Silos[1].Name}/cpu:1";
        var node = grid.Cluster.Client.GetGrain<IGpuNodeGrain>(drained);
        Assert.Equal(drained, (await node.Status()).Node);
        var wrong = await Assert.ThrowsAnyAsync<OrleansException>(() => grid.Cluster.Client.GetGrain<IGpuNodeGrain>("nobody/cpu:0").Status());
        Assert.Contains("'nobody' is not an active member", wrong.Message);

        await grid.Dataset("a").Start(new DatasetOrder("10", 400));
        await grid.UntilAsync("a", s => s.ShardsCommitted >= 4);
        await node.Drain();
        for (int i = 0; (await node.Status()).State != NodeState.Stopped; i++)
        {
            Assert.True(i < 500, "it does not drain");
            await Task.Delay(10);
        }

        int begun = grid.Work.Begun.Count(b => b.Node == drained);
        Assert.Equal(DatasetPhase.Complete, (await grid.UntilAsync("a", s => s.IsOver)).Phase);
        Assert.Equal(begun, grid.Work.Begun.Count(b => b.Node == drained));
        Assert.Equal(0, grid.Store.Duplicates);
        await node.Resume();
        await grid.Dataset("b").Start(new DatasetOrder("10", 400));
        await grid.UntilAsync("b", s => s.IsOver);
        Assert.True(grid.Work.Begun.Count(b => b.Node == drained) > begun);
    }
}
