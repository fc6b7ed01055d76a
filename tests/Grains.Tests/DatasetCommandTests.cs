using HandsOff.Grains.Coordination;
using HandsOff.Grains.Tests.Fakes;
using Orleans.Core.Internal;

namespace HandsOff.Grains.Tests;

/// <summary>Pause, resume, cancel, extend, reprioritise, and a store that does not answer.</summary>
public sealed class DatasetCommandTests
{
    [Fact]
    public async Task A_paused_dataset_finishes_what_is_in_hand_begins_nothing_and_goes_on_when_resumed()
    {
        await using var grid = await StartedAsync(samples: 400);
        Assert.Equal(DatasetPhase.Paused, (await grid.Dataset("a").Pause()).Phase);
        Assert.Equal(DatasetPhase.Paused, (await grid.Dataset("a").Pause()).Phase);
        var still = await grid.UntilAsync("a", s => s.ShardsLeased == 0);
        int begun = grid.Work.Begun.Count;
        Assert.Equal(begun, still.ShardsCommitted);
        Assert.Equal(new DatasetSettings(Paused: true), grid.Store.Settings["a"]);

        // The pause outlives the coordinator.
        await grid.Dataset("a").Cast<IGrainManagementExtension>().DeactivateOnIdle();
        Assert.Equal(DatasetPhase.Paused, (await grid.UntilAsync("a", s => s.Phase != DatasetPhase.Opening && s.ShardsFound > 0)).Phase);
        Assert.Equal(begun, grid.Work.Begun.Count);

        Assert.Equal(DatasetPhase.Running, (await grid.Dataset("a").Resume()).Phase);
        Assert.Equal(DatasetPhase.Complete, (await grid.UntilAsync("a", s => s.IsOver)).Phase);
        Assert.Equal(DatasetPhase.Complete, (await grid.Dataset("a").Resume()).Phase);
        Assert.Contains("nothing to pause", (await grid.Dataset("a").Pause()).Refused);
        Assert.Equal("", (await grid.Dataset("a").Status()).Refused);
    }

    [Fact]
    public async Task A_cancelled_dataset_stays_cancelled_and_late_work_is_not_committed()
    {
        await using var grid = await StartedAsync(samples: 400);
        Assert.Equal(DatasetPhase.Cancelled, (await grid.Dataset("a").Cancel()).Phase);
        Assert.True(grid.Store.Cancelled["a"]);
        Assert.Equal(DatasetPhase.Cancelled, (await grid.Dataset("a").Cancel()).Phase);
        await grid.UntilAsync("a", s => s.ShardsLeased == 0);
        int made = grid.Store.Receipts.Count;
        Assert.Contains("cancelled", (await grid.Dataset("a").Start(new DatasetOrder("10", 400))).Refused);
        Assert.Contains("cancelled", (await grid.Dataset("a").Resume()).Refused);

        await grid.Dataset("a").Cast<IGrainManagementExtension>().DeactivateOnIdle();
        Assert.Equal(DatasetPhase.Cancelled, (await grid.UntilAsync("a", s => s.IsOver)).Phase);
        Assert.Equal(made, grid.Store.Receipts.Count);
        Assert.Empty(grid.Store.Manifests);
    }

    [Fact]
    public async Task A_cancel_is_answered_while_the_store_hangs_and_is_written_when_it_answers_again()
    {
        await using var grid = await StartedAsync(samples: 400);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        grid.Store.Hangs = gate.Task;
        var answer = await grid.Dataset("a").Cancel();
        Assert.Equal((DatasetPhase.Cancelled, "cancelled; the mark on storage is still to be written"), (answer.Phase, answer.Message));
        Assert.Empty(grid.Store.Cancelled);
        Assert.Contains("being cancelled", (await grid.Dataset("a").Start(new DatasetOrder("10", 400))).Refused);
        grid.Store.Hangs = null;
        gate.SetResult();
        for (int i = 0; grid.Store.Cancelled.IsEmpty; i++)
        {
            Assert.True(i < 500, "the mark is never written");
            await Task.Delay(10);
        }

        Assert.Empty(grid.Store.Manifests);
    }

    [Fact]
    public async Task A_finished_dataset_cannot_be_cancelled_and_one_that_is_not_there_cannot_be_commanded()
    {
        await using var grid = await TestGrid.StartAsync();
        await grid.Dataset("a").Start(new DatasetOrder("10", 20));
        await grid.UntilAsync("a", s => s.IsOver);
        var answer = await grid.Dataset("a").Cancel();
        Assert.Equal((DatasetPhase.Complete, "a: it is complete: there is nothing to cancel"), (answer.Phase, answer.Refused));
        Assert.Contains("complete", (await grid.Dataset("a").Reprioritise(2, 0)).Refused);
        foreach (var command in new[] { grid.Dataset("b").Cancel(), grid.Dataset("b").Pause(), grid.Dataset("b").Resume(), grid.Dataset("b").Reprioritise(1, 1) })
            Assert.Equal("b: there is no dataset", (await command).Refused);
    }

    [Fact]
    public async Task A_running_dataset_is_extended_without_losing_work_and_a_wrong_order_does_not_disturb_it()
    {
        await using var grid = await StartedAsync(samples: 205);
        Assert.Contains("205 samples asked for; 100 are fewer", (await grid.Dataset("a").Start(new DatasetOrder("10", 100, Extend: true))).Refused);
        Assert.Contains("use extend", (await grid.Dataset("a").Start(new DatasetOrder("10", 300))).Refused);
        Assert.Equal("", (await grid.Dataset("a").Start(new DatasetOrder("10", 205))).Refused);
        var extended = await grid.Dataset("a").Start(new DatasetOrder("10", 400, Extend: true));
        Assert.Equal((400, ""), (extended.Samples, extended.Refused));
        Assert.Equal(DatasetPhase.Complete, (await grid.UntilAsync("a", s => s.IsOver)).Phase);
        Assert.Equal(40, grid.Store.Manifests["a"]);
        Assert.Equal(0, grid.Store.Duplicates);

        // Finished: it grows again, and fewer are refused while it stays complete.
        Assert.Equal(DatasetPhase.Running, (await grid.Dataset("a").Start(new DatasetOrder("10", 455, Extend: true))).Phase);
        Assert.Equal(455, (await grid.UntilAsync("a", s => s.IsOver)).SamplesCommitted);
        var fewer = await grid.Dataset("a").Start(new DatasetOrder("10", 10, Extend: true));
        Assert.Equal((DatasetPhase.Complete, 455), (fewer.Phase, fewer.Samples));
        Assert.Contains("fewer", fewer.Refused);
    }

    [Fact]
    public async Task Weight_and_priority_are_kept_and_wrong_ones_refused()
    {
        await using var grid = await StartedAsync(samples: 400);
        var changed = await grid.Dataset("a").Reprioritise(2.5, 3);
        Assert.Equal((2.5, 3, DatasetPhase.Running), (changed.Weight, changed.Priority, changed.Phase));
        Assert.Equal(new DatasetSettings(2.5, 3), grid.Store.Settings["a"]);
        Assert.Contains("weight 0: should be above 0", (await grid.Dataset("a").Reprioritise(0, 0)).Refused);
        Assert.Contains("weight -1", (await grid.Dataset("a").Start(new DatasetOrder("10", 400, Weight: -1))).Refused);
        await grid.Dataset("a").Cast<IGrainManagementExtension>().DeactivateOnIdle();
        var later = await grid.UntilAsync("a", s => s.IsOver);
        Assert.Equal((2.5, 3, DatasetPhase.Complete), (later.Weight, later.Priority, later.Phase));
    }

    [Fact]
    public async Task A_store_that_is_down_for_a_while_is_waited_for_and_no_shard_is_blamed()
    {
        await using var grid = await StartedAsync(samples: 400);
        grid.Store.Down = true;
        var waiting = await grid.UntilAsync("a", s => s.Message.Length > 0);
        Assert.Equal((DatasetPhase.Running, "waiting for the store, shards go on when it answers: fake: the store cannot be reached"), (waiting.Phase, waiting.Message));

        // A coordinator that begins meanwhile waits too, and says so.
        await grid.Dataset("a").Cast<IGrainManagementExtension>().DeactivateOnIdle();
        var opening = await grid.UntilAsync("a", s => s.Phase == DatasetPhase.Opening && s.Message.Length > 0);
        Assert.Equal("waiting for the store, tried again until it answers: fake: the store cannot be reached", opening.Message);
        await grid.Dataset("new").Start(new DatasetOrder("10", 10));
        grid.Store.Down = false;
        var end = await grid.UntilAsync("a", s => s.IsOver);
        Assert.Equal((DatasetPhase.Complete, "", 0), (end.Phase, end.Message, end.Poison.Length));
        Assert.Equal(DatasetPhase.Complete, (await grid.UntilAsync("new", s => s.IsOver)).Phase);
    }

    [Fact]
    public async Task A_silo_declared_dead_frees_its_shards_at_once()
    {
        await using var grid = await TestGrid.StartAsync(silos: 2, new() { LeaseTime = TimeSpan.FromMinutes(10), BackupShare = 0 });
        grid.Work.PerSample = TimeSpan.FromMilliseconds(3);
        await grid.Dataset("a").Start(new DatasetOrder("10", 300));
        await grid.UntilAsync("a", s => s.ShardsCommitted >= 5);
        var victim = grid.Cluster.Silos[1];
        await grid.Cluster.KillSiloAsync(victim);
        for (int i = 0; ; i++)
        {
            // As the host does when membership tells it; the grains may have been on the dead silo and come back anew.
            await grid.TellAsync(c => c.GetGrain<Scheduling.IClusterSchedulerGrain>(0).NodeGone(victim.Name));
            var status = await grid.UntilAsync("a", _ => true);
            if (status.IsOver) break;
            Assert.True(i < 300, "its leases are still waited for");
            await Task.Delay(100);
        }

        Assert.Equal(30, grid.Store.Manifests["a"]);
    }

    private static async Task<TestGrid> StartedAsync(long samples)
    {
        var grid = await TestGrid.StartAsync();
        grid.Work.PerSample = TimeSpan.FromMilliseconds(5);
        await grid.Dataset("a").Start(new DatasetOrder("10", samples));
        await grid.UntilAsync("a", s => s.ShardsCommitted >= 4);
        return grid;
    }
}
