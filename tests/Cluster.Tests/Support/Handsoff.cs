using System.Diagnostics;
using HandsOff.Tests.Servers;

namespace HandsOff.Cluster.Tests.Support;

/// <summary>Runs the <c>handsoff</c> command line as a process of its own.</summary>
internal static class Handsoff
{
    /// <summary>Environment that points it to a store.</summary>
    public static Dictionary<string, string?> Store(string connectionString) => new() { ["AZURE_STORAGE_CONNECTION_STRING"] = connectionString, ["OMP_NUM_THREADS"] = "1" };

    /// <summary>Runs a command to its end; its exit code and what it printed (output and errors together).</summary>
    public static async Task<(int Code, string Output)> RunAsync(IReadOnlyDictionary<string, string?> environment, TestFolder folder, params string[] arguments)
    {
        string log = folder[$"handsoff-{arguments[0]}.log"];
        await using var process = ServerProcess.Start($"handsoff {arguments[0]}", "dotnet", [Path.Combine(AppContext.BaseDirectory, "handsoff.dll"), .. arguments], environment, log);
        int code = await process.WaitForExitAsync(TimeSpan.FromMinutes(10));
        return (code, string.Join('\n', process.Lines));
    }

    /// <summary>Runs a command that must succeed; what it printed.</summary>
    public static async Task<string> RequireAsync(IReadOnlyDictionary<string, string?> environment, TestFolder folder, params string[] arguments)
    {
        long start = Stopwatch.GetTimestamp();
        var (code, output) = await RunAsync(environment, folder, arguments);
        Assert.True(code == 0, $"handsoff {string.Join(' ', arguments)}: exit code {code} after {Stopwatch.GetElapsedTime(start).TotalSeconds:F0} s\n{output}");
        return output;
    }
}
