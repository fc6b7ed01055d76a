using System.Diagnostics;
using HandsOff.Client.Commands;

namespace HandsOff.Client.Tests.Support;

/// <summary>Runs the command line: inside the test's process with captured output, or as a process of its own.</summary>
internal static class Cli
{
    private static readonly Capture s_output = new(Console.Out), s_error = new(Console.Error);

    static Cli()
    {
        Console.SetOut(s_output);
        Console.SetError(s_error);
    }

    public static async Task<CliResult> RunAsync(params string[] args)
    {
        using var output = s_output.Begin();
        using var error = s_error.Begin();
        int code = await CommandLineHost.RunAsync(args);
        return new CliResult(code, output.ToString(), error.ToString());
    }

    /// <summary>Starts the program. The caller waits for it and disposes it.</summary>
    public static Process Start(params string[] args)
    {
        // A shell's background job hands its children a SIGINT that is ignored: tests that send one could not be run there.
        var start = new ProcessStartInfo("env") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("--default-signal=INT");
        start.ArgumentList.Add("dotnet");
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "handsoff.dll"));
        foreach (string arg in args) start.ArgumentList.Add(arg);
        return Process.Start(start)!;
    }

    public static async Task<CliResult> EndAsync(Process process)
    {
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new CliResult(process.ExitCode, await output, await error);
    }

    public static void Signal(Process process, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", process.Id.ToString()]);
        kill.WaitForExit();
    }
}
