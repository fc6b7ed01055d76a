using HandsOff.Core;
using HandsOff.Silo.Clustering;

namespace HandsOff.Silo.Tests.Clustering;

public sealed class RedisAddressTests
{
    [Theory]
    [InlineData("127.0.0.1:7000", "127.0.0.1:7000")]
    [InlineData("redis.example", "redis.example:6379")]
    [InlineData("a:1,b:2,password=secret,ssl=true", "a:1,b:2")]
    public void It_is_shown_without_its_password(string text, string shown) => Assert.Equal(shown, RedisAddress.Parse(text).Shown);

    [Theory]
    [InlineData("")]
    [InlineData("password=x")]
    [InlineData("redis://host:1")]
    [InlineData("a:1,nonsense=true")]
    public void What_is_no_address_is_refused(string text) => Assert.Equal(2, Assert.Throws<HandsOffException>(() => RedisAddress.Parse(text)).ExitCode);

    [Fact]
    public async Task A_port_where_nobody_listens_may_come_to_life()
    {
        var error = await Assert.ThrowsAsync<HandsOffException>(() => RedisAddress.Parse("127.0.0.1:1").CheckAsync());
        Assert.True(error.IsTransient);
        Assert.Contains("Redis at 127.0.0.1:1 does not answer", error.Message, StringComparison.Ordinal);
    }
}
