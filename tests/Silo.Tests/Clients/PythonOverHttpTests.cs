using System.Diagnostics;
using HandsOff.Silo.Tests.Support;
using HandsOff.Tests.Servers;
using static HandsOff.Silo.Tests.Support.HttpHelp;

namespace HandsOff.Silo.Tests.Clients;

/// <summary>clients/python against the API itself: what it reads there is what lies on storage (tests/python/check_reader.py).</summary>
public sealed class PythonOverHttpTests
{
    [Fact]
    public async Task It_reads_and_streams_a_dataset_from_a_silo_with_a_key()
    {
        string python = ServerBinaries.RequireOnPath("python3");
        foreach (string program in new[] { "/usr/bin/python3", python })
            if (File.Exists(program) && (await RunAsync(program, ["-c", "import numpy"])).Code == 0) python = program;
        if ((await RunAsync(python, ["-c", "import numpy"])).Code != 0) Assert.Skip("numpy is missing (Debian: python3-numpy); eng/install-test-servers.sh installs it");
        await using var silo = await TestSilo.StartAsync();
        using var writer = await silo.ClientAsync("writer");
        await writer.CompleteAsync(Submission("read", silo.Pair.Name, 35));
        string address = new Uri(silo.Address, "/api/v1/datasets/read/files").ToString();
        string[] check = [Path.Combine(Repository.Root, "tests", "python", "check_reader.py"), Path.Combine(silo.Root, "read"), address];
        var (code, output) = await RunAsync(python, check, await silo.KeyAsync("reader"));
        Assert.True(code == 0, output);
        Assert.Contains($"ok: 35 samples, also from {address}", output);
        Assert.NotEqual(0, (await RunAsync(python, check, "ho_000000000000_wrongwrongwrongwrong")).Code);
    }

    private static async Task<(int Code, string Output)> RunAsync(string program, IEnumerable<string> arguments, string? key = null)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["HANDSOFF_KEY"] = key ?? "";
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await errors);
    }
}
