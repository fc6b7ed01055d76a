using System.Net;
using HandsOff.Silo.Clustering;

namespace HandsOff.Silo.Tests.Clustering;

public sealed class SiloEndpointTests
{
    [Fact]
    public void Silos_started_at_the_same_moment_get_different_ports()
    {
        // None of them listens yet.
        var chosen = Enumerable.Range(0, 4).Select(_ => SiloEndpoint.Choose(IPAddress.Loopback, null, null, 0)).ToList();
        Assert.Equal(8, chosen.SelectMany(e => new[] { e.Port, e.GatewayPort }).Distinct().Count());
    }
}
