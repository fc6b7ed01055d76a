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

    /// <summary>Ports that are given must be free; others are the first free ones from 11111 and 30000. Both are kept for this process.</summary>
    /// <exception cref="HandsOffException">A given port is taken, or there is no free one.</exception>
    public static SiloEndpoint Choose(IPAddress address, int? port, int? gatewayPort)
    {
        int silo = Take(address, port, FirstPort);
        return new SiloEndpoint(address, silo, Take(address, gatewayPort, FirstGatewayPort));
    }

    private static int Take(IPAddress address, int? given, int from)
    {
        if (given is { } port) return TryTake(address, port) ? port : throw new HandsOffException($"port {port} is taken on {address}; choose another, or leave it out");
        for (int candidate = from; candidate < from + MostTried; candidate++)
            if (TryTake(address, candidate)) return candidate;
        throw new HandsOffException($"no free port from {from} to {from + MostTried - 1} on {address}; --port and --gateway-port choose others");
    }

    private static bool TryTake(IPAddress address, int port)
    {
        var listener = new TcpListener(address, port);
        try
        {
            listener.Start();
            return PortReservation.TryTake(port);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
        {
            return false;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressNotAvailable)
        {
            return PortReservation.TryTake(port); // a translated address: it listens on all of them
        }
        finally
        {
            listener.Dispose();
        }
    }
}
