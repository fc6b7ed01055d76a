using HandsOff.Core.Datasets;
using HandsOff.Core.Storage;

namespace HandsOff.Core.Tests.Datasets;

/// <summary>A sample that cannot be made, seen from the pipeline.</summary>
public sealed class PoisonTests
{
    [Fact]
    public async Task A_sample_that_fails_takes_no_other_shard_of_its_micro_batch_with_it()
    {
        var store = new MemoryStore();
        var request = Bench.Request();
        var plan = new ShardPlan(30, 10);
        await using var pipeline = await Bench.PipelineAsync(new FakeEngine(microBatch: 8) { Failure = k => k.Index == 13 ? new InvalidOperationException("cursed") : null });
        var made = plan.Shards.Select(range => pipeline.RunAsync(new ShardJob(store, request, range, "n"))).ToArray();
        Assert.Equal(ShardOutcome.Committed, (await made[0]).Outcome);
        Assert.Equal("cursed", (await Assert.ThrowsAsync<InvalidOperationException>(() => made[1])).Message);
        Assert.Equal(ShardOutcome.Committed, (await made[2]).Outcome);

        var alone = new MemoryStore();
        await Bench.MakeAsync(alone, request, 30, new FakeEngine());
        foreach (var (name, digest) in Bench.ShardBytes(store)) Assert.Equal(Bench.ShardBytes(alone)[name], digest);
    }

    [Fact]
    public async Task A_part_of_a_shard_can_be_tried_without_writing_anything()
    {
        var request = Bench.Request();
        await using var pipeline = await Bench.PipelineAsync(new FakeEngine { Failure = k => k.Index == 13 ? new InvalidOperationException("cursed") : null });
        Task<ShardResult> Try(long first, int count) => pipeline.RunAsync(new ShardJob(new DiscardStore(), request, new ShardRange(1, first, count, IsShort: true), "n"));
        Assert.Equal(ShardOutcome.Committed, (await Try(10, 3)).Outcome);
        await Assert.ThrowsAsync<InvalidOperationException>(() => Try(12, 2));
        Assert.Equal(ShardOutcome.Committed, (await Try(14, 6)).Outcome);
    }
}
