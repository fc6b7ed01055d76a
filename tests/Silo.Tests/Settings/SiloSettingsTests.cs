using HandsOff.Core;
using HandsOff.Silo.Settings;
using Microsoft.Extensions.Configuration;

namespace HandsOff.Silo.Tests.Settings;

public sealed class SiloSettingsTests
{
    private static readonly Dictionary<string, string?> Least = new() { ["name"] = "a", ["devices"] = "null", ["threads"] = "2", ["store"] = "/data", ["redis"] = "127.0.0.1:6379" };

    private static SiloSettings Read(Dictionary<string, string?> given, Dictionary<string, string?>? settings = null) =>
        SiloSettings.Read(given.GetValueOrDefault, new ConfigurationBuilder().AddInMemoryCollection(settings ?? []).Build());

    private static Dictionary<string, string?> With(string option, string? value) => new(Least) { [option] = value };

    [Fact]
    public void Few_options_are_enough()
    {
        var silo = Read(Least);
        Assert.Equal(("a", "/data", "127.0.0.1:6379", "handsoff"), (silo.Name, silo.Store, silo.Redis, silo.Cluster));
        Assert.Equal(["null:0", "null:1"], silo.Devices);
        Assert.Null(silo.Http);
        Assert.EndsWith(Path.Combine("handsoff", "pairs"), silo.Cache, StringComparison.Ordinal);
    }

    [Fact]
    public void The_command_line_wins_over_the_silos_section_and_that_over_the_common_one()
    {
        var settings = new Dictionary<string, string?>
        {
            ["HandsOff:Redis"] = "common:1",
            ["HandsOff:Store"] = "/common",
            ["HandsOff:Cluster"] = "common",
            ["HandsOff:Silo:Store"] = "/silo",
            ["HandsOff:Silo:Cluster"] = "silo",
            ["HandsOff:Silo:GatewayPort"] = "40000",
        };
        var silo = Read(new() { ["devices"] = "null", ["cluster"] = "line" }, settings);
        Assert.Equal(("common:1", "/silo", "line", 40000), (silo.Redis, silo.Store, silo.Cluster, silo.GatewayPort));
    }

    [Theory]
    [InlineData("127.0.0.1:8080", "http://127.0.0.1:8080")]
    [InlineData("http://0.0.0.0:80/", "http://0.0.0.0:80")]
    public void An_address_of_the_http_side_becomes_a_url(string given, string expected) => Assert.Equal(expected, Read(With("http", given)).Http);

    [Theory]
    [InlineData("name", "a/b", "--name 'a/b'")]
    [InlineData("store", null, "--store is needed")]
    [InlineData("redis", " ", "--redis is needed")]
    [InlineData("devices", "gpu", "--devices 'gpu'")]
    [InlineData("threads", "0", "--threads '0'")]
    [InlineData("cluster", "A:b", "--cluster 'A:b'")]
    [InlineData("http", "a b", "--http 'a b'")]
    [InlineData("http", "http://x/path", "--http")]
    [InlineData("address", "host", "--address 'host'")]
    [InlineData("port", "70000", "--port '70000'")]
    [InlineData("gateway-port", "-1", "--gateway-port '-1'")]
    [InlineData("precision", "fp8", "--precision 'fp8'")]
    public void What_is_wrong_is_named(string option, string? value, string said)
    {
        var error = Assert.Throws<HandsOffException>(() => Read(With(option, value)));
        Assert.Equal(2, error.ExitCode);
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }
}
