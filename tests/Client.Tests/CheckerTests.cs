using HandsOff.Tests.Servers;

namespace HandsOff.Client.Tests;

public sealed class CheckerTests
{
    [Fact]
    public void The_independent_checker_is_here() => Assert.SkipWhen(DatasetChecker.Missing is not null, DatasetChecker.Missing ?? "");
}
