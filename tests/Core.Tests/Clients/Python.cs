using System.ComponentModel;
using System.Diagnostics;
using HandsOff.Tests.Servers;

namespace HandsOff.Core.Tests.Clients;

/// <summary>Runs the scripts under tests/python.</summary>
internal static class Python
{
    /// <summary>Runs a script to its end; its output when it ended well.</summary>
    public static async Task<string> RunAsync(string program, string script, IEnumerable<string> arguments, IEnumerable<(string Name, string Value)>? environment = null)
    {
        var start = new ProcessStartInfo(program, [Path.Combine(Folder(), script), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment ?? []) start.Environment[name] = value;
        using var python = Process.Start(start)!;
        var errors = python.StandardError.ReadToEndAsync();
        string output = await python.StandardOutput.ReadToEndAsync();
        await python.WaitForExitAsync();
        Assert.True(python.ExitCode == 0, output + await errors);
        return output;
    }

    /// <summary>A Python that has numpy: the first on the PATH, or Debian's own. Skips the test where there is none.</summary>
    public static async Task<string> WithNumpyAsync()
    {
        foreach (string program in new[] { "python3", "/usr/bin/python3" })
        {
            try
            {
                using var python = Process.Start(new ProcessStartInfo(program, ["-c", "import numpy"]) { RedirectStandardError = true })!;
                await python.WaitForExitAsync();
                if (python.ExitCode == 0) return program;
            }
            catch (Win32Exception)
            {
                // There is no such program.
            }
        }

        Assert.Skip("numpy is missing (Debian: python3-numpy); eng/install-test-servers.sh installs it");
        return "";
    }

    private static string Folder() => Path.Combine(Repository.Root, "tests", "python");
}
