using CsCheck;
using HandsOff.Grains.Scheduling;

namespace HandsOff.Grains.Tests;

/// <summary>The run-length set against a plain one.</summary>
public sealed class ShardSetTests
{
    [Fact]
    public void It_behaves_as_a_plain_set_and_holds_no_more_runs_than_needed() => Gen.Select(Gen.Bool, Gen.Int[0, 40]).Array[0, 200].Sample(
        steps =>
        {
            var set = new ShardSet();
            var plain = new SortedSet<int>();
            foreach (var (add, shard) in steps)
            {
                Assert.Equal(add ? plain.Add(shard) : plain.Remove(shard), add ? set.Add(shard) : set.Remove(shard));
                Assert.Equal(plain.Count, set.Count);
                Assert.Equal(plain.Count(s => !plain.Contains(s - 1)), set.Runs);
                for (int i = 0; i <= 41; i++) Assert.Equal(plain.Contains(i), set.Contains(i));
                Assert.Equal(Enumerable.Range(shard, 50).First(s => !plain.Contains(s)), set.NextAbsent(shard));
            }
        },
        iter: 300, seed: "0000000000005");
}
