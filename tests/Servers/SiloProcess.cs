namespace HandsOff.Tests.Servers;

/// <summary>A silo in a process of its own (the program <c>handsoff-silo</c> in the test's output folder).</summary>
public sealed class SiloProcess : IAsyncDisposable
{
    private readonly ServerProcess _process;

    private SiloProcess(string name, ServerProcess process) => (Name, _process) = (name, process);

    public string Name { get; }

    public bool HasExited => _process.HasExited;

    /// <summary>What it printed so far.</summary>
    public IReadOnlyList<string> Lines => _process.Lines;

    /// <summary>The end of what it printed.</summary>
    public string LogEnd => _process.LogEnd;

    /// <summary>Starts a silo and waits until it is ready.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="arguments">Its options beside the name.</param>
    /// <param name="environment">Variables beside the test's own.</param>
    /// <param name="logFolder">Its output is appended to NAME.log in there.</param>
    public static async Task<SiloProcess> StartAsync(string name, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?> environment, string logFolder)
    {
        var process = ServerProcess.Start(
            $"silo {name}",
            "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "handsoff-silo.dll"), "--name", name, .. arguments],
            environment,
            Path.Combine(logFolder, $"{name}.log"));
        var silo = new SiloProcess(name, process);
        try
        {
            await process.WaitAsync(() => Task.FromResult(process.Lines.Any(l => l.StartsWith($"ready {name}", StringComparison.Ordinal))), "ready");
            return silo;
        }
        catch
        {
            await silo.DisposeAsync();
            throw;
        }
    }

    /// <summary>kill -9.</summary>
    public Task KillAsync() => _process.KillAsync();

    /// <summary>SIGSTOP.</summary>
    public void Freeze() => _process.Freeze();

    /// <summary>SIGCONT.</summary>
    public void Thaw() => _process.Thaw();

    /// <summary>SIGTERM; its exit code once it has drained and ended.</summary>
    public Task<int> StopAsync()
    {
        _process.Terminate();
        return _process.WaitForExitAsync(TimeSpan.FromSeconds(75));
    }

    /// <summary>Waits until it has ended by itself.</summary>
    public Task<int> EndAsync(TimeSpan patience) => _process.WaitForExitAsync(patience);

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
