using System.CommandLine;
using System.CommandLine.Parsing;
using HandsOff.Core;

namespace HandsOff.Silo.Commands;

/// <summary>Runs a command line: failures become one line and an exit code. The same for <c>handsoff</c> and <c>handsoff-silo</c>.</summary>
public static class CommandRunner
{
    // After Ctrl-C or SIGTERM: time to finish the step or shard at hand and keep what was done.
    private static readonly TimeSpan TimeToStop = TimeSpan.FromMinutes(2);

    /// <summary>Runs the command line: 0 done, 1 failed, 2 wrong usage.</summary>
    /// <param name="root">The commands.</param>
    /// <param name="program">What messages begin with.</param>
    /// <param name="args">The command line.</param>
    public static async Task<int> RunAsync(RootCommand root, string program, string[] args)
    {
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            await Console.Error.WriteLineAsync($"{program}: {Complaint(parsed.Errors)}");
            await Console.Error.WriteLineAsync($"{program}: see --help");
            return HandsOffException.WrongUsage;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeToStop });
        }
        catch (Exception e) when (Environment.GetEnvironmentVariable("HANDSOFF_DEBUG") is null or "" or "0")
        {
            var (line, code) = Explain(e);
            await Console.Error.WriteLineAsync($"{program}: {line}");
            return code;
        }
    }

    /// <summary>A failure as one line without a stack trace, and its exit code.</summary>
    public static (string Line, int Code) Explain(Exception e)
    {
        // Work on several threads fails with all their faults at once: the first that the user can mend says most.
        if (e is AggregateException together)
        {
            var all = together.Flatten().InnerExceptions;
            e = all.FirstOrDefault(i => i is HandsOffException) ?? all.FirstOrDefault() ?? e;
        }

        string first = e.Message.ReplaceLineEndings("\n").Split('\n')[0].TrimEnd();
        return e switch
        {
            HandsOffException known => (known.Message.ReplaceLineEndings(" "), known.ExitCode),
            OperationCanceledException => ("stopped", HandsOffException.Failed),
            IOException or UnauthorizedAccessException => (first, HandsOffException.Failed),
            OutOfMemoryException => ("out of memory; a smaller batch or shard needs less", HandsOffException.Failed),
            // libtorch's messages carry a C++ stack after their first line.
            _ => ($"unexpected {e.GetType().Name}: {first} (a fault of handsoff: HANDSOFF_DEBUG=1 shows where)", HandsOffException.Failed),
        };
    }

    // One line for all of them. That a command is missing is said alone only: it also follows from a misspelt one.
    private static string Complaint(IReadOnlyList<ParseError> errors)
    {
        var lines = errors.Select(e => string.Join(' ', e.Message.Split((char[])['\n', '\r', '\t'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))).Distinct().ToList();
        if (lines.Count > 1) lines.Remove("Required command was not provided.");
        return string.Join(" ", lines);
    }
}
