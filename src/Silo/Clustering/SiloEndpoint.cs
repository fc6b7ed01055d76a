using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using HandsOff.Core;

namespace HandsOff.Silo.Clustering;

/// <summary>Where a silo is reached.</summary>
/// <param name="Address">The address that it tells the others.</param>
/// <param name="Port">For silos.</param>
/// <param name="GatewayPort">For clients.</param>
internal sealed record SiloEndpoint(IPAddress Address, int Port, int GatewayPort)
{
    private const int FirstPort = 11111, FirstGatewayPort = 30000, MostTried = 1000;

    /// <summary>What it listens on: its address, or every one when the address is not this machine's own (a translated one).</summary>
    public IPAddress Listen => IPAddress.IsLoopback(Address) || NetworkInterface.GetAllNetworkInterfaces().Any(n => n.GetIPProperties().UnicastAddresses.Any(a => a.Address.Equals(Address)))
        ? Address
        : Address.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any;

    /// <summary>Ports that are given are taken as they are, others are the first free ones after <paramref name="skip"/> and kept for this process.</summary>
    public static SiloEndpoint Choose(IPAddress address, int? port, int? gatewayPort, int skip)
    {
        int first = port ?? Free(address, FirstPort + skip, 0);
        return new SiloEndpoint(address, first, gatewayPort ?? Free(address, FirstGatewayPort + skip, first));
    }

    private static int Free(IPAddress address, int from, int not)
    {
        for (int port = from; port < from + MostTried; port++)
        {
            if (port == not) continue;
            var listener = new TcpListener(address, port);
            try
            {
                listener.Start();
                if (PortReservation.TryTake(port)) return port;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
            {
                // The next one.
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressNotAvailable)
            {
                return port; // a translated address: it listens on all of them
            }
            finally
            {
                listener.Dispose();
            }
        }

        throw new HandsOffException($"no free port from {from} to {from + MostTried - 1} on {address}; --port and --gateway-port choose others");
    }
}
