using HandsOff.Core.Datasets;

namespace HandsOff.Core.Tests.Datasets;

/// <summary>Repair when something comes in between.</summary>
public sealed class RepairTests
{
    [Fact]
    public async Task A_repair_that_dies_at_any_step_is_finished_by_the_next()
    {
        var sound = await Damaged(damage: false);
        var counted = await Damaged();
        int steps = 0;
        counted.Fault = (_, after) => { if (!after) Interlocked.Increment(ref steps); return null; };
        await RepairAsync(counted);
        Assert.InRange(steps, 30, 500);
        for (int at = 1; at <= steps; at++)
        {
            var store = await Damaged();
            int step = 0;
            store.Fault = (_, after) => (after ? Volatile.Read(ref step) : Interlocked.Increment(ref step)) >= at && after ? new IOException("crash") : null;
            await Record.ExceptionAsync(() => RepairAsync(store));
            var second = store.Reopen();
            await RepairAsync(second);
            Assert.True((await DatasetVerifier.RunAsync(second, null, 0, 0, null, default)).IsSound);
            Assert.Equal(Bench.ShardBytes(sound), Bench.ShardBytes(second));
            Assert.Equal(sound.Blobs["manifest.json"], second.Blobs["manifest.json"]);
        }
    }

    [Fact]
    public async Task A_receipt_that_a_given_up_writer_brings_in_between_is_not_believed()
    {
        var store = await Damaged();
        byte[] receipt = store.Blobs["receipts/000001.json"];
        int times = 0;
        store.Fault = (what, after) =>
        {
            if (after && what == "delete shards/shard-000001.idx" && times++ == 0) store.Blobs["receipts/000001.json"] = receipt;
            return null;
        };
        await RepairAsync(store);
        Assert.Equal(2, times);
        Assert.True((await DatasetVerifier.RunAsync(store, null, 0, 0, null, default)).IsSound);
    }

    [Fact]
    public async Task A_store_that_loses_what_it_takes_is_told_after_three_rounds()
    {
        var store = await Damaged();
        store.Fault = (what, after) =>
        {
            if (after && what == "create receipts/000001.json") store.Blobs.TryRemove("shards/shard-000001.tar", out _);
            return null;
        };
        var told = await Assert.ThrowsAsync<HandsOffException>(() => RepairAsync(store));
        Assert.Contains("shard 1 does not stand the reading back (shards/shard-000001.tar is missing), made 3 times", told.Message);
    }

    [Fact]
    public async Task What_cannot_be_made_again_is_not_removed()
    {
        var store = await Damaged();
        string[] before = [.. store.Blobs.Keys.Order(StringComparer.Ordinal)];
        await Assert.ThrowsAsync<HandsOffException>(() => DatasetRepairer.RunAsync(store, (_, _) => throw new HandsOffException("no pair"), "repair", null, default));
        Assert.Equal(before, store.Blobs.Keys.Order(StringComparer.Ordinal));
        await DatasetState.CancelAsync(store, default);
        Assert.Contains("cancelled", (await Assert.ThrowsAsync<HandsOffException>(() => RepairAsync(store))).Message);
        Assert.Equal(before, store.Blobs.Keys.Where(k => !k.Contains("cancelled", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    private static Task<RepairReport> RepairAsync(MemoryStore store) =>
        DatasetRepairer.RunAsync(store, (_, _) => Bench.PipelineAsync(new FakeEngine()), "repair", null, default);

    /// <summary>A finished dataset; of its three shards one is damaged and one has lost its table.</summary>
    private static async Task<MemoryStore> Damaged(bool damage = true)
    {
        var store = new MemoryStore();
        await Bench.MakeAsync(store, Bench.Request(4, cut: 1.2f), 10, new FakeEngine());
        Assert.True((await DatasetFinalizer.RunAsync(store, "test", null, default)).IsFinished);
        if (!damage) return store;
        store.Blobs["shards/shard-000001.tar"] = [.. store.Blobs["shards/shard-000001.tar"].Select((b, i) => i == 2000 ? (byte)(b ^ 4) : b)];
        store.Blobs.TryRemove("shards/shard-000002-n2.parquet", out _);
        return store;
    }
}
