using HandsOff.Tests.Servers;

namespace HandsOff.Cluster.Tests;

public sealed class CheckerTests
{
    [Fact]
    public void The_independent_checker_is_here() => Assert.SkipWhen(DatasetChecker.Missing is not null, DatasetChecker.Missing ?? "");
}
