using HandsOff.Core.Datasets;

namespace HandsOff.Core.Tests.Datasets;

/// <summary>The process dies, or an answer is lost, at every single step of making a dataset; then it is made again.</summary>
public sealed class CommitProtocolTests
{
    private sealed class Crash() : Exception("crash");

    [Fact]
    public async Task After_a_crash_at_any_step_a_second_run_gives_the_same_bytes()
    {
        var clean = new MemoryStore();
        int steps = 0;
        clean.Fault = (_, after) => { if (!after) Interlocked.Increment(ref steps); return null; };
        await Run(clean);
        Assert.InRange(steps, 20, 200);
        var expected = Bench.ShardBytes(clean);
        for (int at = 1; at <= steps; at++)
            foreach (bool tookEffect in new[] { false, true })
            {
                var store = new MemoryStore();
                int step = 0;
                bool dead = false;
                store.Fault = (_, after) =>
                {
                    if (!after) step++;
                    dead |= step == at && after == tookEffect;
                    return dead ? new Crash() : null;
                };
                var error = await Record.ExceptionAsync(() => Run(store));
                Assert.True(error is Crash or null or HandsOffException, $"step {at}: {error}");
                var second = store.Reopen();
                await Run(second);
                Assert.Equal(expected, Bench.ShardBytes(second));
                Assert.Equal(clean.Blobs.Keys.Order(StringComparer.Ordinal), second.Blobs.Keys.Order(StringComparer.Ordinal));
            }

        static Task<ShardResult[]> Run(MemoryStore store) => Bench.MakeAsync(store, Bench.Request(4), 10, new FakeEngine(), atOnce: 1);
    }

    [Fact]
    public async Task Two_writers_of_one_shard_give_one_receipt_and_both_succeed()
    {
        var store = new MemoryStore();
        var job = new ShardJob(store, Bench.Request(), new ShardPlan(10, 10)[0], "n");
        await using var one = await Bench.PipelineAsync(new FakeEngine());
        await using var two = await Bench.PipelineAsync(new FakeEngine());
        // The second begins before the first's receipt is there, and commits after it.
        var gate = new TaskCompletionSource();
        var late = new MemoryStoreGate(store, gate.Task);
        var second = two.RunAsync(job with { Store = late });
        await late.Reached;
        Assert.Equal(ShardOutcome.Committed, (await one.RunAsync(job)).Outcome);
        gate.SetResult();
        var result = await second;
        Assert.Equal(ShardOutcome.AlreadyCommitted, result.Outcome);
        Assert.Equal(4, store.Blobs.Count);
    }

    [Fact]
    public async Task Different_bytes_overwrite_nothing_are_kept_and_reported()
    {
        var store = new MemoryStore();
        var job = new ShardJob(store, Bench.Request(), new ShardPlan(10, 10)[0], "n");
        await using var honest = await Bench.PipelineAsync(new FakeEngine());
        await using var twisted = await Bench.PipelineAsync(new FakeEngine { Twist = 1 });
        var gate = new TaskCompletionSource();
        var late = new MemoryStoreGate(store, gate.Task);
        var second = twisted.RunAsync(job with { Store = late });
        await late.Reached;
        var first = await honest.RunAsync(job);
        var before = Bench.ShardBytes(store);
        gate.SetResult();
        var result = await second;
        Assert.Equal(ShardOutcome.Violation, result.Outcome);
        Assert.Equal(first.Receipt!.AttemptId, result.Receipt!.AttemptId);
        Assert.Contains("violations/", result.Violation);
        Assert.Equal(before, Bench.ShardBytes(store));
        Assert.Equal(4, store.Blobs.Keys.Count(k => k.StartsWith("violations/000000-", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_lost_answer_to_the_receipt_is_settled_by_reading()
    {
        var store = new MemoryStore();
        var job = new ShardJob(store, Bench.Request(), new ShardPlan(10, 10)[0], "n");
        await using var pipeline = await Bench.PipelineAsync(new FakeEngine());
        store.Fault = (what, after) => after && what.StartsWith("create receipts", StringComparison.Ordinal) ? new IOException("connection reset") : null;
        await Assert.ThrowsAsync<IOException>(() => pipeline.RunAsync(job));
        store.Fault = (_, _) => null;
        Assert.Equal(ShardOutcome.AlreadyCommitted, (await pipeline.RunAsync(job)).Outcome);
    }

    [Fact]
    public async Task A_cancelled_datasets_late_shard_is_not_committed()
    {
        var store = new MemoryStore();
        var job = new ShardJob(store, Bench.Request(), new ShardPlan(10, 10)[0], "n");
        await using var pipeline = await Bench.PipelineAsync(new FakeEngine());
        store.Fault = (what, after) =>
        {
            if (after && what.StartsWith("commit shards", StringComparison.Ordinal)) store.Blobs.TryAdd(DatasetBlobs.Cancelled, [1]);
            return null;
        };
        await Assert.ThrowsAsync<HandsOffException>(() => pipeline.RunAsync(job));
        Assert.DoesNotContain(store.Blobs.Keys, k => k.StartsWith("receipts/", StringComparison.Ordinal));
    }
}
