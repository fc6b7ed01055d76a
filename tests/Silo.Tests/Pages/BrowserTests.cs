using System.Diagnostics;
using HandsOff.Tests.Servers;

namespace HandsOff.Silo.Tests.Pages;

/// <summary>Runs tests/browser: the page in a real Chromium, on a cluster of two silo processes.</summary>
public sealed class BrowserTests
{
    [Fact]
    public async Task The_page_works_in_a_real_browser_on_a_real_cluster()
    {
        ServerBinaries.RequireChromium();
        ServerBinaries.RequireRedis();
        ServerBinaries.RequireOnPath("npm");
        string folder = Path.Combine(Repository.Root, "tests", "browser");
        if (!Directory.Exists(Path.Combine(folder, "node_modules"))) await RunAsync("npm", "ci --ignore-scripts --no-audit --no-fund --loglevel=error", folder);
        await RunAsync("node", "--test --test-concurrency=1", folder);
    }

    private static async Task RunAsync(string program, string arguments, string folder)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{program} {arguments}: {await output}{await error}");
    }
}
