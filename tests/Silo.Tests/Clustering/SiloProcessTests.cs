using HandsOff.Tests.Servers;

namespace HandsOff.Silo.Tests.Clustering;

/// <summary>Silos as processes of their own, with a real Redis.</summary>
public sealed class SiloProcessTests : IAsyncDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(2);
    private readonly string _folder = Directory.CreateTempSubdirectory("handsoff-silos-").FullName;
    private readonly List<ServerProcess> _silos = [];
    private RedisServer? _redis;

    public async ValueTask DisposeAsync()
    {
        foreach (var silo in _silos) await silo.DisposeAsync();
        if (_redis is not null) await _redis.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private ServerProcess Silo(string name, string redis)
    {
        string[] arguments = ["handsoff-silo.dll", "--name", name, "--devices", "null", "--threads", "1", "--store", Path.Combine(_folder, "store"), "--redis", redis, "--cache", Path.Combine(_folder, "cache")];
        arguments[0] = Path.Combine(AppContext.BaseDirectory, arguments[0]);
        var silo = ServerProcess.Start($"silo {name}", "dotnet", arguments, new Dictionary<string, string?>(), Path.Combine(_folder, "logs", name + ".log"));
        _silos.Add(silo);
        return silo;
    }

    private static Task ReadyAsync(ServerProcess silo, string name) => silo.WaitAsync(() => Task.FromResult(silo.Lines.Contains($"ready {name}")), "ready");

    [Fact]
    public async Task A_second_silo_of_a_name_does_not_start_and_the_next_one_does_after_the_first_was_killed()
    {
        _redis = await RedisServer.StartAsync(Path.Combine(_folder, "redis"));
        var first = Silo("a", _redis.Address);
        await ReadyAsync(first, "a");
        var second = Silo("a", _redis.Address);
        Assert.Equal(1, await second.WaitForExitAsync(Long));
        Assert.Contains("silo 'a' is active already at 127.0.0.1:", Assert.Single(second.Lines), StringComparison.Ordinal);
        Assert.False(first.HasExited);
        await first.KillAsync();
        var third = Silo("a", _redis.Address);
        await ReadyAsync(third, "a");
        third.Terminate();
        Assert.Equal(0, await third.WaitForExitAsync(Long));
        Assert.Equal(["ready a"], third.Lines);
    }

    [Fact]
    public async Task A_silo_waits_for_redis_and_says_so()
    {
        _redis = await RedisServer.StartAsync(Path.Combine(_folder, "redis"));
        await _redis.StopAsync();
        var silo = Silo("a", _redis.Address);
        string told = $"handsoff: Redis at {_redis.Address} does not answer";
        await silo.WaitAsync(() => Task.FromResult(silo.Lines.Any(l => l.StartsWith(told, StringComparison.Ordinal))), "telling");
        await _redis.StartAgainAsync();
        await ReadyAsync(silo, "a");
    }
}
