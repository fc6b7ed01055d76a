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
