using System.Net;
using System.Net.Sockets;
using HandsOff.Core;
using StackExchange.Redis;

namespace HandsOff.Silo.Clustering;

/// <summary>The Redis by which silos and clients find each other.</summary>
public sealed class RedisAddress
{
    private const int DefaultPort = 6379;

    private readonly string _text;

    private RedisAddress(string text, string shown) => (_text, Shown) = (text, shown);

    /// <summary>HOST:PORT, for messages: without a password.</summary>
    public string Shown { get; }

    /// <summary>Reads HOST:PORT or a StackExchange.Redis configuration.</summary>
    /// <exception cref="HandsOffException">Neither; exit code 2.</exception>
    public static RedisAddress Parse(string text)
    {
        try
        {
            var options = ConfigurationOptions.Parse(text);
            string[] hosts = [.. options.EndPoints.Select(Show)];
            if (hosts.Length == 0 || text.Contains("://", StringComparison.Ordinal)) throw new ArgumentException("no host");
            return new RedisAddress(text, string.Join(',', hosts));
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            throw HandsOffException.Usage($"--redis '{text}': should be HOST:PORT, or a StackExchange.Redis configuration");
        }
    }

    /// <summary>Options of a connection that comes back by itself after Redis was away.</summary>
    public ConfigurationOptions Options()
    {
        var options = ConfigurationOptions.Parse(_text);
        options.AbortOnConnectFail = false;
        options.ConnectTimeout = options.AsyncTimeout = options.SyncTimeout = 5000;
        options.ReconnectRetryPolicy = new LinearRetry(1000);
        return options;
    }

    /// <summary>Asks Redis for an answer.</summary>
    /// <exception cref="HandsOffException">It refuses (a wrong password), or, transient, does not answer.</exception>
    public async Task CheckAsync()
    {
        var options = Options();
        options.AbortOnConnectFail = true;
        options.ConnectRetry = 1;
        try
        {
            await using var connection = await ConnectionMultiplexer.ConnectAsync(options).ConfigureAwait(false);
            await connection.GetDatabase().PingAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is RedisException or RedisTimeoutException or SocketException or TimeoutException)
        {
            if (Refuses(e)) throw new HandsOffException($"Redis at {Shown} refuses the connection: {FirstLine(e)}; a user and password in --redis ({Shown},password=...) would be right", HandsOffException.Failed, e);
            throw new HandsOffException($"Redis at {Shown} does not answer; the address of a running Redis (--redis HOST:PORT) would be right", HandsOffException.Failed, e) { IsTransient = true };
        }
    }

    /// <summary>The address of this machine from which it reaches Redis; null when there is no way to it.</summary>
    public async Task<IPAddress?> LocalAddressAsync(CancellationToken cancellationToken)
    {
        var (host, port) = ConfigurationOptions.Parse(_text).EndPoints[0] switch
        {
            DnsEndPoint dns => (dns.Host, dns.Port),
            IPEndPoint ip => (ip.Address.ToString(), ip.Port),
            _ => ("", 0),
        };
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(host, port > 0 ? port : DefaultPort, cancellationToken).ConfigureAwait(false);
            var address = ((IPEndPoint)client.Client.LocalEndPoint!).Address;
            return address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            return null;
        }
    }

    private static string Show(EndPoint point) => point switch
    {
        DnsEndPoint dns => $"{dns.Host}:{(dns.Port > 0 ? dns.Port : DefaultPort)}",
        IPEndPoint ip => $"{ip.Address}:{(ip.Port > 0 ? ip.Port : DefaultPort)}",
        _ => point.ToString() ?? "",
    };

    private static bool Refuses(Exception e)
    {
        for (Exception? at = e; at is not null; at = at.InnerException)
        {
            if (at is RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure }) return true;
            if (at.Message.Contains("NOAUTH", StringComparison.Ordinal) || at.Message.Contains("WRONGPASS", StringComparison.Ordinal)) return true;
        }

        return false;
    }

    private static string FirstLine(Exception e) => (e.InnerException ?? e).Message.ReplaceLineEndings("\n").Split('\n')[0];
}
