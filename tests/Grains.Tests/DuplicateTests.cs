using HandsOff.Core.Datasets;
using HandsOff.Grains.Coordination;
using HandsOff.Grains.Scheduling;

namespace HandsOff.Grains.Tests;

public sealed class DuplicateTests
{
    private static readonly DateTimeOffset s_start = DateTimeOffset.UnixEpoch;

    [Fact]
    public void A_commit_that_came_late_and_found_an_equal_shard_is_counted_once()
    {
        var run = new DatasetRun("set", 2, 1, [], new LedgerOptions(), "life");
        var slow = run.Exchange(Report("slow/cpu", want: 1), DatasetPhase.Running, s_start).Grants[0];
        var later = s_start + TimeSpan.FromMinutes(2); // its lease has ended
        var again = run.Exchange(Report("quick/cpu", want: 2), DatasetPhase.Running, later).Grants.Single(g => g.Shard == slow.Shard);
        run.Exchange(Report("quick/cpu", want: 0) with { Done = [Done(again, duplicate: false)] }, DatasetPhase.Running, later);

        var late = Report("slow/cpu", want: 0) with { Done = [Done(slow, duplicate: true)] };
        run.Exchange(late, DatasetPhase.Running, later);
        run.Exchange(late, DatasetPhase.Running, later); // the answer was lost: told again

        var status = run.Status(DatasetPhase.Running, later);
        Assert.Equal(1, status.Duplicates);
        Assert.Equal(1, status.ShardsCommitted);
    }

    private static NodeReport Report(string node, int want) => new() { Node = node, Epoch = 1, Want = want };

    private static ShardDone Done(ShardGrant grant, bool duplicate) => new() { LeaseId = grant.LeaseId, Shard = grant.Shard, Count = grant.Count, Duplicate = duplicate, Stages = new StageTimes() };
}
