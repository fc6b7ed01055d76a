using CsCheck;
using HandsOff.Grains.Scheduling;

namespace HandsOff.Grains.Tests;

/// <summary>How a node divides itself between open datasets.</summary>
public sealed class FairShareTests
{
    [Fact]
    public void Work_is_shared_by_weight()
    {
        var share = new FairShare();
        DatasetShare[] open = [new("a", 3), new("b", 1)];
        var got = Serve(share, open, 400);
        Assert.Equal(300, got["a"]);
        Assert.Equal(100, got["b"]);
    }

    [Fact]
    public void Long_shards_do_not_buy_more_than_the_weight()
    {
        var share = new FairShare();
        DatasetShare[] open = [new("long"), new("short")];
        double longWork = 0, shortWork = 0;
        for (int i = 0; i < 1000; i++)
        {
            var next = share.Order(open)[0];
            double work = next.Dataset == "long" ? 10 : 1;
            share.Served(next, work);
            if (next.Dataset == "long") longWork += work;
            else shortWork += work;
        }

        Assert.InRange(longWork / shortWork, 0.95, 1.05);
    }

    [Fact]
    public void A_higher_priority_goes_first_until_it_is_gone()
    {
        var share = new FairShare();
        DatasetShare[] open = [new("usual", 100), new("urgent", 1, Priority: 1)];
        Assert.Equal(50, Serve(share, open, 50)["urgent"]);
        Assert.Equal(10, Serve(share, [open[0]], 10)["usual"]);
    }

    [Fact]
    public void A_newcomer_gets_its_part_from_now_on_and_no_arrears()
    {
        var share = new FairShare();
        Serve(share, [new("old")], 1000);
        var got = Serve(share, [new("old"), new("new")], 100);
        Assert.InRange(got["old"], 49, 51);
    }

    [Fact]
    public void A_newcomer_is_not_held_up_by_one_that_had_nothing_to_give_nor_by_another_priority()
    {
        var share = new FairShare();
        DatasetShare[] open = [new("a"), new("dry"), new("urgent", 1, Priority: 5)];
        for (int i = 0; i < 1000; i++)
        {
            foreach (var next in share.Order(open))
            {
                // The urgent one is finished after half of the time.
                if (next.Dataset == "dry" || (next.Dataset == "urgent" && i >= 500)) share.HadNothing(next);
                else
                {
                    share.Served(next, 1);
                    break;
                }
            }
        }

        var got = Serve(share, [new("a"), new("dry"), new("new")], 300);
        Assert.All(got.Values, turns => Assert.InRange(turns, 99, 101));
    }

    [Fact]
    public void A_cluster_of_nodes_shares_three_to_one_whatever_their_speeds_and_shard_lengths() =>
        Gen.Select(Gen.Double[0.2, 5].Array[1, 12], Gen.Double[0.5, 4], Gen.Int[1, 3]).Sample(
            (speeds, length, slots) =>
            {
                // Every node divides its own time; two slots of a node work side by side, each at half its speed.
                DatasetShare[] open = [new("three", 3), new("one")];
                var got = new Dictionary<string, double> { ["three"] = 0, ["one"] = 0 };
                foreach (double speed in speeds)
                {
                    var share = new FairShare();
                    var running = new List<(double Ends, DatasetShare Dataset, double Work)>();
                    for (double now = 0; now < 4000;)
                    {
                        while (running.Count < slots)
                        {
                            var next = share.Order(open)[0];
                            double work = next.Dataset == "three" ? length : 1;
                            running.Add((now + work * slots / speed, next, work));
                        }

                        var done = running.MinBy(r => r.Ends);
                        running.Remove(done);
                        now = done.Ends;
                        share.Served(done.Dataset, done.Work);
                        got[done.Dataset.Dataset] += done.Work;
                    }
                }

                Assert.InRange(got["three"] / got["one"], 2.7, 3.3);
            },
            iter: 60, seed: "0000000000006");

    private static Dictionary<string, int> Serve(FairShare share, DatasetShare[] open, int turns)
    {
        var got = open.ToDictionary(d => d.Dataset, _ => 0);
        for (int i = 0; i < turns; i++)
        {
            var next = share.Order(open)[0];
            share.Served(next, 1);
            got[next.Dataset]++;
        }

        return got;
    }
}
