using System.CommandLine;
using System.CommandLine.Parsing;
using HandsOff.Core;

namespace HandsOff.Client.Commands;

/// <summary>The <c>handsoff</c> command line: its commands, and how failures become one line and an exit code.</summary>
public static class CommandLineHost
{
    // After Ctrl-C or SIGTERM: time to finish the step or shard at hand and keep what was done.
    private static readonly TimeSpan TimeToStop = TimeSpan.FromMinutes(2);

    /// <summary>Runs the command line: 0 done, 1 failed, 2 wrong usage.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var parsed = Root().Parse(args);
        if (parsed.Errors.Count > 0)
        {
            await Console.Error.WriteLineAsync($"handsoff: {Complaint(parsed.Errors)}");
            await Console.Error.WriteLineAsync("handsoff: see --help");
            return HandsOffException.WrongUsage;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeToStop });
        }
        catch (Exception e) when (Environment.GetEnvironmentVariable("HANDSOFF_DEBUG") is null or "" or "0")
        {
            var (line, code) = Explain(e);
            await Console.Error.WriteLineAsync($"handsoff: {line}");
            return code;
        }
    }

    // One line for all of them. That a command is missing is said alone only: it also follows from a misspelt one.
    private static string Complaint(IReadOnlyList<ParseError> errors)
    {
        var lines = errors.Select(e => string.Join(' ', e.Message.Split((char[])['\n', '\r', '\t'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))).Distinct().ToList();
        if (lines.Count > 1) lines.Remove("Required command was not provided.");
        return string.Join(" ", lines);
    }

    /// <summary>A failure as one line without a stack trace, and its exit code.</summary>
    internal static (string Line, int Code) Explain(Exception e)
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

    private static RootCommand Root()
    {
        var root = new RootCommand("HandsOff: from fewer than fifty labelled photographs to a labelled image dataset of any size.");
        // One line a command, in the order of the help.
        root.Add(GenerateCommand.Create());
        root.Add(ExtendCommand.Create());
        root.Add(SubmitCommand.Create());
        root.Add(ListCommand.Create());
        foreach (var command in DatasetCommands.Create()) root.Add(command);
        root.Add(NodesCommand.Create());
        root.Add(DrainCommand.Create());
        root.Add(ScenesCommand.Create());
        root.Add(FacesCommand.Create());
        root.Add(TrainCommand.Create());
        root.Add(InvertCommand.Create());
        root.Add(ImportCommand.Create());
        root.Add(LpipsCommand.Create());
        root.Add(PairCommand.Create());
        root.Add(VerifyCommand.Create());
        root.Add(RepairCommand.Create());
        root.Add(SampleCommand.Create());
        root.Add(PreviewCommand.Create());
        root.Add(ExportCommand.Create());
        root.Add(EvaluateCommand.Create());
        return root;
    }
}
