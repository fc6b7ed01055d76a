using System.Net;
using System.Net.Sockets;

namespace HandsOff.Tests.Servers;

/// <summary>
/// An Azurite (the emulator of Azure Blob storage) of the test's own, on loopback. Its data outlives a kill -9, except for what it
/// acknowledged in the last five seconds: it saves its tables that often.
/// </summary>
public sealed class AzuriteServer : IAsyncDisposable
{
    /// <summary>What every Azurite here is started with: without them it asks Microsoft for leave and refuses the API version of our SDK.</summary>
    public static readonly IReadOnlyList<string> Flags = ["--silent", "--skipApiVersionCheck", "--disableTelemetry"];

    private const string Account = "handsoff";

    private static readonly string s_key = Convert.ToBase64String("a key for tests on loopback only"u8);

    private readonly string _program;
    private readonly string _folder;
    private ServerProcess? _process;

    private AzuriteServer(string program, string folder, int port) => (_program, _folder, Port) = (program, folder, port);

    public int Port { get; }

    /// <summary>What AZURE_STORAGE_CONNECTION_STRING should hold.</summary>
    public string ConnectionString => ConnectionStringAt(Port);

    /// <param name="folder">For its data and log; made when missing.</param>
    public static async Task<AzuriteServer> StartAsync(string folder)
    {
        var server = new AzuriteServer(ServerBinaries.RequireAzurite(), folder, FreePort.Next());
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>The connection string of somebody who passes this server's requests on, at another port.</summary>
    public static string ConnectionStringAt(int port) =>
        $"DefaultEndpointsProtocol=http;AccountName={Account};AccountKey={s_key};BlobEndpoint=http://127.0.0.1:{port}/{Account};";

    public async Task StartAgainAsync()
    {
        Directory.CreateDirectory(_folder);
        string[] arguments = [_program, "--blobHost", "127.0.0.1", "--blobPort", $"{Port}", "--location", Path.Combine(_folder, "data"), .. Flags];
        var environment = new Dictionary<string, string?> { ["AZURITE_ACCOUNTS"] = $"{Account}:{s_key}" };
        _process = ServerProcess.Start("azurite", "node", arguments, environment, Path.Combine(_folder, "azurite.log"));
        await _process.WaitAsync(ListensAsync, "ready");
    }

    public void Freeze() => _process!.Freeze();

    public void Thaw() => _process!.Thaw();

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        await _process!.KillAsync();
        await _process.DisposeAsync();
        _process = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null) await _process.DisposeAsync();
        _process = null;
    }

    private async Task<bool> ListensAsync()
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
