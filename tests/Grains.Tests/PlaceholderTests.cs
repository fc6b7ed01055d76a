namespace HandsOff.Grains.Tests;

public class PlaceholderTests
{
    [Fact]
    public void Assembly_loads() => Assert.NotNull(typeof(HandsOff.Core.HandsOffException).Assembly);
}
