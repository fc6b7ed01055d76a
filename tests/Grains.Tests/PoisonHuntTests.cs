using CsCheck;
using HandsOff.Grains.Scheduling;

namespace HandsOff.Grains.Tests;

/// <summary>Which samples keep a shard from being made.</summary>
public sealed class PoisonHuntTests
{
    [Fact]
    public void It_finds_the_very_samples_in_few_looks() => Gen.Select(Gen.Int[1, 3000], Gen.Int[0, 1_000_000], Gen.Int[0, 2999].Array[1, 5]).Sample(
        (count, first, picks) =>
        {
            var bad = picks.Select(p => (long)first + p % count).ToHashSet();
            var hunt = new PoisonHunt(new SampleRange(first, count));
            int looks = Follow(hunt, part => bad.Any(b => b >= part.First && b < part.First + part.Count));
            Assert.Equal(bad.Order(), hunt.Found.Select(s => s.Index).Order());
            Assert.InRange(looks, 2, bad.Count * (2 * (int)Math.Ceiling(Math.Log2(count + 1)) + 3));
        },
        iter: 300, seed: "0000000000007");

    [Fact]
    public void A_shard_whose_samples_can_all_be_made_is_cleared_and_one_that_never_can_ends_the_hunt_early()
    {
        var clean = new PoisonHunt(new SampleRange(0, 1000));
        Assert.InRange(Follow(clean, _ => false), 1, 20);
        Assert.Empty(clean.Found);
        var cursed = new PoisonHunt(new SampleRange(0, 1000));
        Assert.InRange(Follow(cursed, _ => true), 10, 60);
        Assert.Equal(PoisonHunt.MostFound, cursed.Found.Count);
    }

    [Fact]
    public void One_failure_of_a_single_sample_is_not_enough_to_blame_it()
    {
        var hunt = new PoisonHunt(new SampleRange(7, 1));
        hunt.Failed(new SampleRange(7, 1), "device lost");
        Assert.Equal(new SampleRange(7, 1), hunt.Next);
        hunt.Clean(new SampleRange(7, 1));
        Assert.Null(hunt.Next);
        Assert.Empty(hunt.Found);
    }

    private static int Follow(PoisonHunt hunt, Func<SampleRange, bool> fails)
    {
        int looks = 0;
        for (; hunt.Next is { } part; looks++)
        {
            if (fails(part)) hunt.Failed(part, "cursed");
            else hunt.Clean(part);
        }

        return looks;
    }
}
