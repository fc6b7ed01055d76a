using CsCheck;
using HandsOff.Core.Datasets;

namespace HandsOff.Core.Tests.Datasets;

public sealed class ShardPlanTests
{
    [Fact]
    public void A_plan_covers_every_sample_once_and_full_shards_do_not_depend_on_the_count() =>
        Gen.Select(Gen.Long[1, 5000], Gen.Int[1, 700], Gen.Long[0, 5000]).Sample((samples, size, more) =>
        {
            var plan = new ShardPlan(samples, size);
            var larger = new ShardPlan(samples + more, size);
            long next = 0;
            foreach (var shard in plan.Shards)
            {
                Assert.Equal(next, shard.First);
                Assert.InRange(shard.Count, 1, size);
                Assert.Equal(shard.Count < size, shard.IsShort);
                if (!shard.IsShort) Assert.Equal(shard, larger[shard.Shard]);
                else if (larger[shard.Shard].Count != shard.Count) Assert.Empty(shard.Blobs.Intersect(larger[shard.Shard].Blobs));
                Assert.Equal(shard, plan.Of(shard.First));
                Assert.Equal(shard, plan.Of(shard.First + shard.Count - 1));
                next += shard.Count;
            }

            Assert.Equal(samples, next);
        });

    [Fact]
    public void Names_are_those_of_the_design()
    {
        var plan = new ShardPlan(7500, 1000);
        Assert.Equal(["shards/shard-000003.tar", "shards/shard-000003.parquet", "shards/shard-000003.idx"], plan[3].Blobs);
        Assert.Equal("shards/shard-000007-n500.tar", plan[7].Tar);
        Assert.Equal("receipts/000007-n500.json", plan[7].Receipt);
        Assert.Throws<HandsOffException>(() => plan.Of(7500));
        Assert.Throws<HandsOffException>(() => new ShardPlan(0, 10));
        Assert.Throws<HandsOffException>(() => new ShardPlan(long.MaxValue, 1));
    }
}
