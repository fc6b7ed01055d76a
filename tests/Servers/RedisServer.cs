using System.Net;
using System.Net.Sockets;

namespace HandsOff.Tests.Servers;

/// <summary>A Redis of the test's own, on loopback, with an append-only file so that it can be stopped and started again.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    private readonly string _program;
    private readonly string _folder;
    private readonly int _port;
    private ServerProcess? _process;

    private RedisServer(string program, string folder, int port) => (_program, _folder, _port) = (program, folder, port);

    /// <summary>HOST:PORT.</summary>
    public string Address => $"127.0.0.1:{_port}";

    /// <param name="folder">For its data and log; made when missing.</param>
    public static async Task<RedisServer> StartAsync(string folder)
    {
        var server = new RedisServer(ServerBinaries.RequireRedis(), folder, FreePort.Next());
        await server.StartAgainAsync();
        return server;
    }

    public async Task StartAgainAsync()
    {
        Directory.CreateDirectory(_folder);
        string[] arguments = ["--port", $"{_port}", "--bind", "127.0.0.1", "--dir", _folder, "--save", "", "--appendonly", "yes", "--appendfsync", "always", "--daemonize", "no"];
        _process = ServerProcess.Start("redis", _program, arguments, new Dictionary<string, string?>(), Path.Combine(_folder, "redis.log"));
        await _process.WaitAsync(AnswersAsync, "ready");
    }

    public async Task StopAsync()
    {
        _process!.Terminate();
        await _process.WaitForExitAsync(TimeSpan.FromSeconds(10));
        await _process.DisposeAsync();
        _process = null;
    }

    public void Freeze() => _process!.Freeze();

    public void Thaw() => _process!.Thaw();

    public async ValueTask DisposeAsync()
    {
        if (_process is not null) await _process.DisposeAsync();
        _process = null;
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, _port);
            await client.GetStream().WriteAsync("PING\r\n"u8.ToArray());
            byte[] answer = new byte[16];
            int n = await client.GetStream().ReadAsync(answer);
            return answer.AsSpan(0, n).StartsWith("+PONG"u8);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return false;
        }
    }
}
