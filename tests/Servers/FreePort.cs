using System.Net;
using System.Net.Sockets;

namespace HandsOff.Tests.Servers;

/// <summary>
/// Loopback ports nobody listens on, below the range that outgoing connections take theirs from: a server that is killed finds its port free
/// when it comes back.
/// </summary>
public static class FreePort
{
    private const int First = 15000, Count = 17000;

    private static int s_next = Environment.ProcessId * 97;

    public static int Next()
    {
        for (int tries = 0; tries < Count; tries++)
        {
            int port = First + (int)((uint)Interlocked.Add(ref s_next, 7) % Count);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken: the next.
            }
        }

        throw new InvalidOperationException("no free loopback port");
    }
}
