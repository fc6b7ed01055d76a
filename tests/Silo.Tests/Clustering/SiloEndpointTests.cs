using System.Net;
using HandsOff.Core;
using HandsOff.Silo.Clustering;

namespace HandsOff.Silo.Tests.Clustering;

public sealed class SiloEndpointTests
{
    [Fact]
    public void Silos_started_at_the_same_moment_get_different_ports()
    {
        // None of them listens yet.
        var chosen = Enumerable.Range(0, 4).Select(_ => SiloEndpoint.Choose(IPAddress.Loopback, null, null)).ToList();
        Assert.Equal(8, chosen.SelectMany(e => new[] { e.Port, e.GatewayPort }).Distinct().Count());
    }

    [Fact]
    public void A_port_that_was_given_is_taken_once()
    {
        int port = SiloEndpoint.Choose(IPAddress.Loopback, null, null).Port;
        var error = Assert.Throws<HandsOffException>(() => SiloEndpoint.Choose(IPAddress.Loopback, port, null));
        Assert.Contains($"port {port} is taken", error.Message, StringComparison.Ordinal);
    }
}
