using HandsOff.Core;
using HandsOff.Grains.Scheduling;
using HandsOff.Silo.Settings;
using Microsoft.Extensions.Configuration;

namespace HandsOff.Silo.Tests.Settings;

public sealed class LedgerSettingsTests
{
    private static LedgerOptions Read(string name, string value) =>
        LedgerSettings.Read(new ConfigurationBuilder().AddInMemoryCollection([new($"HandsOff:Ledger:{name}", value)]).Build());

    [Fact]
    public void A_rule_that_is_set_holds_and_the_others_stay()
    {
        var options = Read("LeaseTime", "00:00:08");
        Assert.Equal(new LedgerOptions { LeaseTime = TimeSpan.FromSeconds(8) }, options);
    }

    [Theory]
    [InlineData("LeaseTime", "00:00:00.5")]
    [InlineData("BackupShare", "1.5")]
    [InlineData("BackupFactor", "0.5")]
    [InlineData("MaxFailures", "0")]
    [InlineData("MaxLosses", "0")]
    [InlineData("FirstBackoff", "00:00:00")]
    [InlineData("LongestBackoff", "00:00:00.1")]
    public void A_rule_out_of_its_range_is_named(string name, string value)
    {
        var error = Assert.Throws<HandsOffException>(() => Read(name, value));
        Assert.Equal(2, error.ExitCode);
        Assert.Contains($"HandsOff:Ledger:{name}", error.Message, StringComparison.Ordinal);
    }
}
