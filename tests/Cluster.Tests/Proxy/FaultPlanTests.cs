namespace HandsOff.Cluster.Tests.Proxy;

public sealed class FaultPlanTests
{
    private static readonly FaultKind[] s_kinds = [FaultKind.CutBefore, FaultKind.CutAfter, FaultKind.Slow];

    [Fact]
    public void The_plan_is_a_function_of_the_seed()
    {
        FaultPlan one = new(7, 0.3), again = new(7, 0.3), other = new(8, 0.3);
        Assert.Equal(Drawn(one), Drawn(again));
        Assert.NotEqual(Drawn(one), Drawn(other));
    }

    [Fact]
    public void As_many_requests_meet_a_fault_as_were_asked_for()
    {
        int faults = Enumerable.Range(0, 4000).Count(n => new FaultPlan(3, 0.25).At("PUT /x", n, s_kinds) != FaultKind.None);
        Assert.InRange(faults, 900, 1100);
    }

    [Fact]
    public void A_blocks_attempt_does_not_change_its_fault()
    {
        static HttpText Put(string block) => new([], $"PUT /account/c/x.tar?comp=block&blockid={block} HTTP/1.1", [], []);
        Assert.Equal(FaultPlan.Key(Put("one")), FaultPlan.Key(Put("two")));
    }

    private static FaultKind[] Drawn(FaultPlan plan) => [.. Enumerable.Range(0, 200).Select(n => plan.At($"PUT /x{n % 20}", n / 20, s_kinds))];
}
