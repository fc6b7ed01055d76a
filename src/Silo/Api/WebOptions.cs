using System.ComponentModel.DataAnnotations;
using System.Net;

namespace HandsOff.Silo.Api;

/// <summary>The HTTP side of a silo (section <c>HandsOff:Http</c>).</summary>
public sealed class WebOptions
{
    public const string Section = "HandsOff:Http";

    /// <summary>Callers from this machine need no key and are operators. Default false.</summary>
    public bool AllowLoopbackWithoutKey { get; set; }

    /// <summary>Largest request body in bytes. Default 64 KiB.</summary>
    [Range(1024, 64 << 20)]
    public long MaxBodyBytes { get; set; } = 64 << 10;

    /// <summary>Samples that one request may ask for. Default 256.</summary>
    [Range(1, 100_000)]
    public int MaxSamplesPerRequest { get; set; } = 256;

    /// <summary>Requests a second of one key in the long run. Default 100; callers without a key get a tenth.</summary>
    [Range(1, 100_000)]
    public int RequestsPerSecond { get; set; } = 100;

    /// <summary>Requests of one key at once after a quiet while. Default 400.</summary>
    [Range(1, 1_000_000)]
    public int Burst { get; set; } = 400;

    /// <summary>Event streams open at once. Default 256.</summary>
    [Range(1, 100_000)]
    public int EventStreams { get; set; } = 256;

    /// <summary>
    /// Addresses or networks of the proxies before this silo, with commas between (<c>10.0.0.7, 10.1.0.0/16</c>): what they say in
    /// <c>X-Forwarded-For</c> and <c>X-Forwarded-Proto</c> is believed. Default: none are.
    /// </summary>
    public string TrustedProxies { get; set; } = "";

    /// <summary>Orleans' own dashboard for operators at <c>/orleans</c>. Default true.</summary>
    public bool Dashboard { get; set; } = true;

    /// <summary>The networks that <see cref="TrustedProxies"/> means; null when it cannot be understood.</summary>
    internal IReadOnlyList<IPNetwork>? ProxyNetworks()
    {
        var networks = new List<IPNetwork>();
        foreach (string part in TrustedProxies.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (IPAddress.TryParse(part, out var address)) networks.Add(new IPNetwork(address, address.GetAddressBytes().Length * 8));
            else if (IPNetwork.TryParse(part, out var network)) networks.Add(network);
            else return null;
        }

        return networks;
    }
}
