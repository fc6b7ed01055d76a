using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Azure.Storage.Blobs;
using HandsOff.Tests.Servers;

namespace HandsOff.Silo.Tests.Clustering;

/// <summary>What is wrong with a silo's store, its Redis or its name, as its user sees it: a process that ends with one line and an exit code, or waits and says so.</summary>
public sealed class SiloBadInputTests : IAsyncDisposable
{
    private const string Azure = "az:cluster/root", Password = "open sesame", Variable = "AZURE_STORAGE_CONNECTION_STRING";

    private static readonly TimeSpan s_long = TimeSpan.FromMinutes(3);

    private readonly string _folder = Directory.CreateTempSubdirectory("handsoff-bad-input-").FullName;
    private readonly List<IAsyncDisposable> _running = [];

    public async ValueTask DisposeAsync()
    {
        foreach (var running in Enumerable.Reverse(_running)) await running.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("key of another account", 1, "az:cluster/root: the container: access refused (")]
    [InlineData("no key", 2, "az:cluster/root: set AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT")]
    [InlineData("key that is none", 2, "az:cluster/root: AZURE_STORAGE_CONNECTION_STRING or AZURE_STORAGE_ACCOUNT cannot be understood")]
    [InlineData("container that cannot be", 2, "container 'No' should have 3 to 63 lower-case letters")]
    [InlineData("folder that is a file", 1, "")]
    public async Task A_store_that_only_the_user_can_mend_is_refused_at_once(string what, int code, string told)
    {
        string store = Azure;
        string? connection = null;
        switch (what)
        {
            case "key of another account":
                string right = (await AzuriteAsync()).ConnectionString;
                string key = right.Split(';').Single(p => p.StartsWith("AccountKey=", StringComparison.Ordinal));
                connection = right.Replace(key, $"AccountKey={Convert.ToBase64String("not the key of this account"u8)}", StringComparison.Ordinal);
                break;
            case "key that is none":
                connection = "nonsense";
                break;
            case "container that cannot be":
                store = "az:No";
                break;
            case "folder that is a file":
                store = Path.Combine(_folder, "file");
                await File.WriteAllTextAsync(store, "no folder", TestContext.Current.CancellationToken);
                break;
        }

        await RefusedAsync(Silo("a", "127.0.0.1:1", store, connection), code, told.Length > 0 ? told : store); // the store is looked at first: Redis does not matter
    }

    [Theory]
    [InlineData(",password=wrong")]
    [InlineData("")]
    public async Task A_redis_that_wants_another_password_is_refused_at_once(string password)
    {
        string redis = await RedisAsync(Password);
        var silo = Silo("a", redis + password);
        await RefusedAsync(silo, 1, $"Redis at {redis} refuses the connection: ");
        Assert.DoesNotContain(silo.Lines, l => l.Contains("wrong", StringComparison.Ordinal)); // a password is shown to nobody
    }

    [Fact]
    public async Task A_store_or_redis_that_stays_away_is_waited_for_and_then_told_in_one_line()
    {
        string redis = $"127.0.0.1:{FreePort.Next()}";
        long start = Stopwatch.GetTimestamp();
        var storeless = Silo("a", "127.0.0.1:1", Azure, AzuriteServer.ConnectionStringAt(FreePort.Next()));
        var redisless = Silo("b", redis);
        foreach (var (silo, told) in new[] { (storeless, $"store {Azure} does not answer"), (redisless, $"Redis at {redis} does not answer") })
        {
            Assert.Equal(1, await silo.WaitForExitAsync(s_long));
            Assert.Equal(2, silo.Lines.Count);
            Assert.StartsWith($"handsoff: {told}", silo.Lines[0], StringComparison.Ordinal);
            Assert.EndsWith("waiting up to 60 s", silo.Lines[0], StringComparison.Ordinal);
            Assert.StartsWith("handsoff-silo: ", silo.Lines[1], StringComparison.Ordinal);
            Assert.EndsWith("(waited 60 s)", silo.Lines[1], StringComparison.Ordinal);
        }

        Assert.StartsWith($"handsoff-silo: Redis at {redis} does not answer", redisless.Lines[1], StringComparison.Ordinal);
        Assert.Contains(Azure, storeless.Lines[1], StringComparison.Ordinal);
        Assert.True(Stopwatch.GetElapsedTime(start) > TimeSpan.FromSeconds(50));
    }

    [Fact]
    public async Task A_silo_waits_for_its_store_and_says_so()
    {
        var azurite = await AzuriteAsync();
        await azurite.KillAsync();
        var silo = Silo("a", await RedisAsync(), Azure, azurite.ConnectionString);
        await silo.WaitAsync(() => Task.FromResult(silo.Lines.Any(l => l.StartsWith($"handsoff: store {Azure} does not answer yet", StringComparison.Ordinal))), "telling");
        await azurite.StartAgainAsync();
        await ReadyAsync(silo, "a");
    }

    [Fact]
    public async Task A_container_that_is_not_there_is_made_and_a_second_silo_of_the_name_is_refused()
    {
        var azurite = await AzuriteAsync();
        string redis = await RedisAsync();
        var container = new BlobContainerClient(azurite.ConnectionString, "not-yet");
        Assert.False(await container.ExistsAsync(TestContext.Current.CancellationToken));
        var first = Silo("a", redis, "az:not-yet/root", azurite.ConnectionString);
        await ReadyAsync(first, "a");
        Assert.True(await container.ExistsAsync(TestContext.Current.CancellationToken));
        await RefusedAsync(Silo("a", redis, "az:not-yet/root", azurite.ConnectionString), 1, "silo 'a' is active already at 127.0.0.1:");
        first.Terminate();
        Assert.Equal(0, await first.WaitForExitAsync(s_long));
        Assert.Equal(["ready a"], first.Lines);
    }

    /// <summary>It ends with the code, and one line says why. That a check took more than three seconds may be told before: the machine is slow.</summary>
    private static async Task RefusedAsync(ServerProcess silo, int code, string told)
    {
        int ended = await silo.WaitForExitAsync(s_long);
        string[] lines = [.. silo.Lines.Where(l => !l.Contains("does not answer yet", StringComparison.Ordinal))];
        Assert.True(ended == code, $"exit code {ended}:\n{silo.LogEnd}");
        string line = Assert.Single(lines);
        Assert.StartsWith("handsoff-silo: ", line, StringComparison.Ordinal);
        Assert.Contains(told, line, StringComparison.Ordinal);
        Assert.DoesNotContain("(waited", line, StringComparison.Ordinal);
    }

    private static Task ReadyAsync(ServerProcess silo, string name) => silo.WaitAsync(() => Task.FromResult(silo.Lines.Contains($"ready {name}")), "ready");

    private ServerProcess Silo(string name, string redis, string? store = null, string? connection = null)
    {
        string[] arguments =
        [
            Path.Combine(AppContext.BaseDirectory, "handsoff-silo.dll"), "--name", name, "--devices", "null", "--threads", "1",
            "--store", store ?? Path.Combine(_folder, "store"), "--redis", redis, "--cache", Path.Combine(_folder, "cache"),
        ];
        var environment = new Dictionary<string, string?> { [Variable] = connection, ["AZURE_STORAGE_ACCOUNT"] = null };
        var silo = ServerProcess.Start($"silo {name}", "dotnet", arguments, environment, Path.Combine(_folder, "logs", $"{name}-{_running.Count}.log"));
        _running.Add(silo);
        return silo;
    }

    private async Task<AzuriteServer> AzuriteAsync()
    {
        var azurite = await AzuriteServer.StartAsync(Path.Combine(_folder, "azurite"));
        _running.Add(azurite);
        return azurite;
    }

    /// <summary>Starts a Redis; its HOST:PORT.</summary>
    private async Task<string> RedisAsync(string? password = null)
    {
        int port = FreePort.Next();
        string[] arguments = ["--port", $"{port}", "--bind", "127.0.0.1", "--dir", _folder, "--save", "", .. password is null ? [] : new[] { "--requirepass", password }];
        var redis = ServerProcess.Start("redis", ServerBinaries.RequireRedis(), arguments, new Dictionary<string, string?>(), Path.Combine(_folder, "logs", "redis.log"));
        _running.Add(redis);
        await redis.WaitAsync(() => ListensAsync(port), "ready");
        return $"127.0.0.1:{port}";
    }

    private static async Task<bool> ListensAsync(int port)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
