using System.CommandLine;
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
            foreach (var error in parsed.Errors) await Console.Error.WriteLineAsync($"handsoff: {error.Message}");
            await Console.Error.WriteLineAsync("handsoff: see --help");
            return HandsOffException.WrongUsage;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeToStop });
        }
        catch (HandsOffException e)
        {
            await Console.Error.WriteLineAsync($"handsoff: {e.Message}");
            return e.ExitCode;
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("handsoff: stopped");
            return HandsOffException.Failed;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"handsoff: {e.Message}");
            return HandsOffException.Failed;
        }
    }

    private static RootCommand Root()
    {
        var root = new RootCommand("HandsOff: from fewer than fifty labelled photographs to a labelled image dataset of any size.");
        // One line a command, in the order of the help.
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
        root.Add(EvaluateCommand.Create());
        return root;
    }
}
