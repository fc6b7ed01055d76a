namespace HandsOff.Tests.Servers;

/// <summary>
/// Finds the servers that eng/install-test-servers.sh installs. A test whose server is missing is skipped with the reason, or fails when
/// HANDSOFF_REQUIRE_SERVERS=1 (as test.sh sets it).
/// </summary>
public static class ServerBinaries
{
    public static string RequireRedis() => RequireOnPath("redis-server");

    public static string RequirePrometheus() => RequireOnPath("prometheus");

    public static string RequireChromium() => RequireOnPath("chromium");

    /// <summary>Azurite's program (run by node).</summary>
    public static string RequireAzurite()
    {
        RequireOnPath("node");
        string path = Path.Combine(Repository.Servers, "node_modules", "azurite", "dist", "src", "blob", "main.js");
        if (!File.Exists(path)) Missing("azurite");
        return path;
    }

    public static string RequireOnPath(string program)
    {
        string? found = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
        if (found is null) Missing(program);
        return found!;
    }

    private static void Missing(string server)
    {
        string reason = $"needs {server}, which is not on this machine; eng/install-test-servers.sh installs it";
        if (Environment.GetEnvironmentVariable("HANDSOFF_REQUIRE_SERVERS") == "1") Assert.Fail(reason);
        Assert.Skip(reason);
    }
}
